import { expect, test } from "@jest/globals";
import { certificates } from "../../lab/kubernetes/certificates";
import { kubeconfigOf } from "../../lab/kubernetes/configuration";
import { type Daemons, daemons } from "../../lab/kubernetes/daemons";
import { kubeconfig } from "../../lab/layout";
import type { Daemon } from "../../lab/daemon";

const all = Object.values<Daemon>({ ...daemons("/cache/kubernetes") } satisfies Daemons);

test("one binary is every component of Kubernetes", () => {
  expect(all.map(({ command }) => command.slice(0, 2).join(" "))).toEqual([
    expect.stringMatching(/^etcd /),
    "containerd --config",
    "/cache/kubernetes kube-apiserver",
    "/cache/kubernetes kube-controller-manager",
    "/cache/kubernetes kube-scheduler",
    "/cache/kubernetes kubelet",
    "/cache/kubernetes kube-proxy",
  ]);
});

test("addresses to listen on are the lab's own, or loopback", () => {
  const addresses = all.flatMap(({ command }) =>
    command
      .filter((argument) => /^--(bind-address|listen-\w+-urls|advertise)/.test(argument))
      .map((argument) => /\d+\.\d+\.\d+\.\d+/.exec(argument)?.[0]),
  );
  expect(addresses.length).toBeGreaterThanOrEqual(6);
  expect([...new Set(addresses)].sort()).toEqual(["10.77.127.254", "127.0.0.1"]);
});

test("every certificate that a component names is made", () => {
  const made = certificates.map(({ name }) => name);
  const named = all.flatMap(({ command }) =>
    command.flatMap((argument) => /\/pki\/(.+)\.crt$/.exec(argument)?.[1] ?? []),
  );
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !made.includes(name) && !name.endsWith("-ca"))).toEqual([]);
});

test("the API server asks for a certificate or a token of everybody, and for a right", () => {
  const { command } = daemons("x").apiserver;
  expect(command).toContain("--anonymous-auth=false");
  expect(command).toContain("--authorization-mode=Node,RBAC");
  expect(daemons("x").etcd.command).toContain("--client-cert-auth=true");
});

test("the administrator's kubeconfig lies where the lab says", () => {
  expect(kubeconfigOf("admin")).toBe(kubeconfig);
});
