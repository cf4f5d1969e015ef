import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import {
  cniConfiguration,
  containerdConfiguration,
  kubeconfig,
  kubeletConfiguration,
  proxyConfiguration,
  registryHosts,
  staticFiles,
} from "../../lab/kubernetes/configuration";
import { labRoot } from "../../lab/layout";

/** Every path in a text that is not of a URL or of a system call's name. */
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/(?<![\w:/.])\/[a-z][\w./:-]*/g)].map(([path]) => path);

test("everything that is written lies in the lab's folder", () => {
  const texts = [kubeletConfiguration(1024), ...Object.values(staticFiles())];
  const elsewhere = texts.flatMap(pathsIn).filter((path) => !path.startsWith(`${labRoot}/kubernetes/`));
  // The pods' control group, which is no file, and the plugins, which are only read.
  expect([...new Set(elsewhere)].sort()).toEqual(["/hms-lab/kubernetes", "/usr/lib/cni"]);
  expect(Object.keys(staticFiles()).every((file) => file.startsWith(`${labRoot}/kubernetes/`))).toBe(true);
});

test("nothing listens on all addresses", () => {
  for (const text of [kubeletConfiguration(1024), ...Object.values(staticFiles())]) {
    expect(text).not.toMatch(/0\.0\.0\.0|\[?::\]?:/);
  }
  const proxy = parse(proxyConfiguration()) as Record<string, unknown>;
  expect(proxy).toMatchObject({
    bindAddress: "10.77.127.254",
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    nodePortAddresses: ["10.77.127.254/32"],
    iptables: { localhostNodePorts: false },
  });
  expect(containerdConfiguration()).toContain('stream_server_address = "127.0.0.1"');
  expect(parse(kubeletConfiguration(1024))).toMatchObject({ address: "10.77.127.254", maxOpenFiles: 1024 });
});

test("a pod has no way out of the lab", () => {
  const { plugins } = JSON.parse(cniConfiguration()) as {
    plugins: { ipam: { routes: unknown }; isGateway: boolean }[];
  };
  expect(plugins[0]?.ipam.routes).toEqual([{ dst: "10.96.0.0/16" }, { dst: "10.77.127.254/32" }]);
  expect(plugins[0]?.isGateway).toBe(false);
});

test("images come from the lab's registry over plain HTTP", () => {
  expect(registryHosts()).toBe(
    'server = "http://127.0.0.1:5000"\n\n[host."http://127.0.0.1:5000"]\n  capabilities = ["pull", "resolve"]\n',
  );
  expect(Object.keys(staticFiles())).toContain(
    "/var/lib/hms-lab/kubernetes/containerd/certs.d/127.0.0.1:5000/hosts.toml",
  );
});

test("a kubeconfig needs no other file", () => {
  const text = kubeconfig("admin", {
    authority: Buffer.from("the authority"),
    client: Buffer.from("the client"),
    key: Buffer.from("the key"),
  });
  expect(parse(text)).toEqual({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "lab",
        cluster: {
          server: "https://10.77.127.254:6443",
          "certificate-authority-data": "dGhlIGF1dGhvcml0eQ==",
        },
      },
    ],
    users: [
      {
        name: "admin",
        user: { "client-certificate-data": "dGhlIGNsaWVudA==", "client-key-data": "dGhlIGtleQ==" },
      },
    ],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "admin" } }],
    "current-context": "lab",
  });
});
