/** The cluster's processes: how each is started, and how one knows that it serves. */
import type { Daemon } from "../daemon";
import { accepts, answers } from "./api";
import { authorities, certificateFile, serviceAccountKeys } from "./certificates";
import { configurationOf, kubeconfigOf } from "./configuration";
import {
  containerdSocket,
  controlGroup,
  inCluster,
  nodeAddress,
  nodeName,
  podSubnet,
  serviceRange,
  urls,
} from "./places";

/** `--name=value` for each setting. */
const flags = (settings: Readonly<Record<string, string | number | boolean>>): string[] =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`);

const crt = (name: string): string => certificateFile(name, "crt");
const key = (name: string): string => certificateFile(name, "key");

/** The port of a URL. */
const portOf = (url: string): string => new URL(url).port;

/** etcd's arguments. */
export const etcdArguments = (): string[] =>
  flags({
    "data-dir": inCluster("etcd"),
    "listen-client-urls": urls.etcd,
    "advertise-client-urls": urls.etcd,
    // Nobody joins it, but it insists on an address.
    "listen-peer-urls": "http://127.0.0.1:0",
    "cert-file": crt("etcd"),
    "key-file": key("etcd"),
    "client-cert-auth": true,
    "trusted-ca-file": crt(authorities.etcd),
    "log-level": "warn",
    logger: "zap",
  });

/** The API server's arguments. */
export const apiserverArguments = (): string[] =>
  flags({
    "bind-address": nodeAddress,
    "advertise-address": nodeAddress,
    "secure-port": portOf(urls.api),
    "etcd-servers": urls.etcd,
    "etcd-cafile": crt(authorities.etcd),
    "etcd-certfile": crt("apiserver-etcd"),
    "etcd-keyfile": key("apiserver-etcd"),
    "tls-cert-file": crt("apiserver"),
    "tls-private-key-file": key("apiserver"),
    "client-ca-file": crt(authorities.cluster),
    "anonymous-auth": false,
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": true,
    "service-cluster-ip-range": serviceRange,
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": serviceAccountKeys.public,
    "service-account-signing-key-file": serviceAccountKeys.private,
    "kubelet-client-certificate": crt("apiserver-kubelet"),
    "kubelet-client-key": key("apiserver-kubelet"),
    "kubelet-certificate-authority": crt(authorities.cluster),
    "kubelet-preferred-address-types": "InternalIP,Hostname",
    "requestheader-client-ca-file": crt(authorities.frontProxy),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "proxy-client-cert-file": crt("front-proxy-client"),
    "proxy-client-key-file": key("front-proxy-client"),
  });

/** What the controller manager and the scheduler have in common: one of each, and no questions from outside. */
const controller = (user: string, url: string): Record<string, string | boolean> => ({
  kubeconfig: kubeconfigOf(user),
  "authentication-kubeconfig": kubeconfigOf(user),
  "authorization-kubeconfig": kubeconfigOf(user),
  "leader-elect": false,
  "bind-address": nodeAddress,
  "secure-port": portOf(url),
  "tls-cert-file": crt("node"),
  "tls-private-key-file": key("node"),
});

/** The controller manager's arguments. */
export const controllerManagerArguments = (): string[] =>
  flags({
    ...controller("controller-manager", urls.controllerManager),
    "use-service-account-credentials": true,
    "service-account-private-key-file": serviceAccountKeys.private,
    "root-ca-file": crt(authorities.cluster),
    "cluster-cidr": podSubnet,
    // Each controller asks for a token of its own at its start: at the default rate that takes seconds.
    "kube-api-qps": 500,
    "kube-api-burst": 500,
    "flex-volume-plugin-dir": inCluster("volume-plugins"),
  });

/** The scheduler's arguments. */
export const schedulerArguments = (): string[] => flags(controller("scheduler", urls.scheduler));

/** The kubelet's arguments; the rest is in its configuration file. */
export const kubeletArguments = (): string[] =>
  flags({
    config: configurationOf("kubelet"),
    kubeconfig: kubeconfigOf("kubelet"),
    "root-dir": inCluster("kubelet"),
    "cert-dir": inCluster("kubelet", "pki"),
    "hostname-override": nodeName,
    "node-ip": nodeAddress,
  });

/** kube-proxy's arguments; the rest is in its configuration file. */
export const proxyArguments = (): string[] => flags({ config: configurationOf("kube-proxy") });

/** Every daemon of the cluster. */
export interface Daemons {
  readonly etcd: Daemon;
  readonly containerd: Daemon;
  readonly apiserver: Daemon;
  readonly controllerManager: Daemon;
  readonly scheduler: Daemon;
  readonly kubelet: Daemon;
  readonly proxy: Daemon;
}

/**
 * The daemons.
 * @param binary - Kubernetes in one binary
 */
export function daemons(binary: string): Daemons {
  const folder = inCluster();
  const component = (name: string, args: string[], url: string, probe: string): Daemon => ({
    name,
    folder,
    command: [binary, name, ...args],
    address: new URL(url).host,
    ready: () => answers(`${url}${probe}`),
    readyWithinSeconds: 60,
  });
  return {
    etcd: {
      name: "etcd",
      folder,
      command: ["etcd", ...etcdArguments()],
      ready: () => answers(`${urls.etcd}/health`),
    },
    containerd: {
      name: "containerd",
      folder,
      controlGroup,
      command: ["containerd", "--config", inCluster("containerd", "config.toml")],
      ready: () => accepts(containerdSocket),
    },
    apiserver: component("kube-apiserver", apiserverArguments(), urls.api, "/readyz"),
    controllerManager: component(
      "kube-controller-manager",
      controllerManagerArguments(),
      urls.controllerManager,
      "/healthz",
    ),
    scheduler: component("kube-scheduler", schedulerArguments(), urls.scheduler, "/healthz"),
    kubelet: component("kubelet", kubeletArguments(), urls.kubelet, "/healthz"),
    proxy: component("kube-proxy", proxyArguments(), urls.proxy, "/healthz"),
  };
}
