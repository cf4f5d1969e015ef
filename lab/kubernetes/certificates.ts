/** The cluster's certificate authorities, certificates and keys, made once by openssl. */
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { apiService, inCluster, nodeAddress, nodeName } from "./places";

/** A certificate to make: who it is for, and who signs it. */
export interface Certificate {
  /** The name of its files: `NAME.crt`, `NAME.key`. */
  readonly name: string;
  /** The authority that signs it. */
  readonly authority: string;
  /** As openssl writes it: `/O=group/CN=user`, which Kubernetes reads as user and group. */
  readonly subject: string;
  /**
   * What it serves as, in openssl's words: `IP:127.0.0.1,DNS:localhost`.
   * @default - a client's certificate
   */
  readonly serves?: string;
}

/** One authority each, so that a client's certificate for one thing opens no other. */
export const authorities = { cluster: "cluster-ca", etcd: "etcd-ca", frontProxy: "front-proxy-ca" } as const;

const client = (name: string, subject: string): Certificate => ({
  name,
  authority: authorities.cluster,
  subject,
});

/** Every certificate of the cluster. */
export const certificates: readonly Certificate[] = [
  client("admin", "/O=system:masters/CN=admin"),
  client("controller-manager", "/CN=system:kube-controller-manager"),
  client("scheduler", "/CN=system:kube-scheduler"),
  client("proxy", "/CN=system:kube-proxy"),
  client("kubelet", `/O=system:nodes/CN=system:node:${nodeName}`),
  client("apiserver-kubelet", "/O=system:masters/CN=apiserver-kubelet"),
  {
    name: "apiserver",
    authority: authorities.cluster,
    subject: "/CN=apiserver",
    serves: [
      `IP:${nodeAddress},IP:${apiService}`,
      "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local",
    ].join(),
  },
  {
    name: "node",
    authority: authorities.cluster,
    subject: "/CN=node",
    serves: `IP:${nodeAddress},DNS:${nodeName}`,
  },
  { name: "etcd", authority: authorities.etcd, subject: "/CN=etcd", serves: `IP:${nodeAddress}` },
  { name: "apiserver-etcd", authority: authorities.etcd, subject: "/CN=apiserver" },
  { name: "front-proxy-client", authority: authorities.frontProxy, subject: "/CN=front-proxy-client" },
];

/** A file of a certificate or authority. */
export const certificateFile = (name: string, kind: "crt" | "key"): string =>
  inCluster("pki", `${name}.${kind}`);

/** What signs and checks the tokens of service accounts. */
export const serviceAccountKeys = {
  private: inCluster("pki", "service-account.key"),
  public: inCluster("pki", "service-account.pub"),
} as const;

/** The `settings` that openssl reads in the folder: its default ones would make every certificate an authority. */
export const opensslSettings = "[req]\ndistinguished_name = none\n[none]\n";

const days = "3650";

const fresh = (folder: string, name: string, subject: string): string[] => [
  ...["req", "-x509", "-config", path.join(folder, "settings"), "-newkey", "ec"],
  ...["-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", days, "-subj", subject],
  ...["-keyout", path.join(folder, `${name}.key`), "-out", path.join(folder, `${name}.crt`)],
];

/** The arguments of openssl that make an authority in a folder. */
export const authorityArguments = (folder: string, name: string): string[] => [
  ...fresh(folder, name, `/CN=${name}`),
  ...[
    "-addext",
    "basicConstraints=critical,CA:true",
    "-addext",
    "keyUsage=critical,keyCertSign,digitalSignature",
  ],
];

/** The arguments of openssl that make a certificate in a folder that has its authority. */
export const certificateArguments = (folder: string, certificate: Certificate): string[] => [
  ...fresh(folder, certificate.name, certificate.subject),
  ...["-CA", path.join(folder, `${certificate.authority}.crt`)],
  ...["-CAkey", path.join(folder, `${certificate.authority}.key`)],
  ...["-addext", "basicConstraints=critical,CA:false", "-addext", "keyUsage=critical,digitalSignature"],
  ...(certificate.serves === undefined
    ? ["-addext", "extendedKeyUsage=clientAuth"]
    : // etcd calls itself with the certificate that it serves with.
      [
        "-addext",
        "extendedKeyUsage=serverAuth,clientAuth",
        "-addext",
        `subjectAltName=${certificate.serves}`,
      ]),
];

/** Makes all of them where they are missing: all or none, so that an end in the middle does no harm. */
export async function makeCertificates(): Promise<void> {
  const finished = inCluster("pki");
  if (existsSync(finished)) return;
  const folder = await mkdtemp(inCluster("unfinished-pki-"));
  const openssl = (args: string[]): Promise<unknown> => execa("openssl", args);
  try {
    await writeFile(path.join(folder, "settings"), opensslSettings);
    await Promise.all(Object.values(authorities).map((name) => openssl(authorityArguments(folder, name))));
    const key = path.join(folder, path.basename(serviceAccountKeys.private));
    await Promise.all([
      ...certificates.map((certificate) => openssl(certificateArguments(folder, certificate))),
      openssl(["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]).then(() =>
        openssl([
          "pkey",
          "-in",
          key,
          "-pubout",
          "-out",
          path.join(folder, path.basename(serviceAccountKeys.public)),
        ]),
      ),
    ]);
    await rename(folder, finished);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
