/** Questions to the cluster's parts over HTTP and HTTPS, with the certificates of its administrator. */
import { readFileSync } from "node:fs";
import { get as getPlain } from "node:http";
import { get as getSecure } from "node:https";
import { connect } from "node:net";
import { authorities, certificateFile } from "./certificates";
import { urls } from "./places";

/** What a part answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks one of the cluster's parts.
 * @throws when it can't be reached within two seconds, or is not what its certificate says
 */
export async function ask(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, timeout: 2000 } as const;
    const request = url.startsWith("https:")
      ? getSecure(url, { ...options, ...identityFor(url) })
      : getPlain(url, options);
    request.once("timeout", () => request.destroy(new Error(`${url} did not answer within 2 s`)));
    request.once("error", reject);
    request.once("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.once("error", reject);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
  });
}

/** Whose word to take, and who to be: etcd has an authority of its own. */
function identityFor(url: string): { ca: Buffer; cert: Buffer; key: Buffer } {
  const [authority, client] = url.startsWith(urls.etcd)
    ? [authorities.etcd, "apiserver-etcd"]
    : [authorities.cluster, "admin"];
  return {
    ca: readFileSync(certificateFile(authority, "crt")),
    cert: readFileSync(certificateFile(client, "crt")),
    key: readFileSync(certificateFile(client, "key")),
  };
}

/** Whether a part answers a question with 200. */
export async function answers(url: string): Promise<boolean> {
  return (await ask(url)).status === 200;
}

/** Whether a program accepts connections at a socket: one that was killed leaves the file. */
export async function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
      .once("connect", () => {
        connection.destroy();
        resolve(true);
      })
      .once("error", () => {
        resolve(false);
      });
  });
}

/** A node, as far as it is needed. */
interface Node {
  readonly spec: { readonly taints?: readonly unknown[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Whether a node takes pods: it is Ready, and nothing keeps them away from it. */
export const takesPods = ({ spec, status }: Node): boolean =>
  (spec.taints ?? []).length === 0 &&
  (status.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True");

/** Whether the cluster takes work: its node does, and pods get the account that they run under. */
export async function takesWork(node: string): Promise<boolean> {
  const found = await ask(`${urls.api}/api/v1/nodes/${node}`);
  return (
    found.status === 200 &&
    takesPods(JSON.parse(found.body) as Node) &&
    (await answers(`${urls.api}/api/v1/namespaces/default/serviceaccounts/default`))
  );
}
