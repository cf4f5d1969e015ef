/** Where the cluster's parts lie and listen. All addresses are the lab's own, or loopback. */
import { inLab, ranges, registry } from "../layout";

/** A path in the cluster's folder. */
export const inCluster = (...parts: string[]): string => inLab("kubernetes", ...parts);

/** The only node. */
export const nodeName = "lab";

/**
 * The node's address: the last but one of the pods' range, on a bridge of its own. Kubernetes takes neither a
 * loopback nor a link-local address for a node, and the ports here stay free of whatever else the machine runs.
 */
export const nodeAddress = "10.77.127.254";

/** The pods of the node. */
export const podSubnet = "10.77.64.0/24";

/** The pods' way out: this machine's address on their bridge. */
export const podGateway = "10.77.64.1";

/** The address of the API inside the cluster: the first one for services. */
export const apiService = "10.96.0.1";

/** Its bridges. The names end up in routes and iptables rules, too. */
export const bridges = {
  /** Has the node's address, and the route to services, whose packets kube-proxy redirects before they leave. */
  node: "hms-node",
  /** Joins the pods. */
  pods: "hms-pods",
} as const;

/** The control group that holds every pod. */
export const controlGroup = "/hms-lab/kubernetes";

/** The name of the CNI network. Files that CNI keeps outside of the lab's folder begin with it. */
export const cniNetwork = "hms-lab-pods";

/**
 * The image whose process holds a pod's namespaces. It is imported, never pulled; its name is one of the lab's registry
 * so that nobody would ever ask another one for it.
 */
export const pauseImage = `${registry}/hms-lab/pause:latest`;

/** URLs of what serves. */
export const urls = {
  api: `https://${nodeAddress}:6443`,
  etcd: `https://${nodeAddress}:2379`,
  controllerManager: `https://${nodeAddress}:10257`,
  scheduler: `https://${nodeAddress}:10259`,
  kubelet: "http://127.0.0.1:10248",
  proxy: "http://127.0.0.1:10256",
} as const;

/** The socket of the cluster's own containerd. */
export const containerdSocket = inCluster("containerd", "containerd.sock");

/** Ranges with a fixed part in the cluster. */
export const { services: serviceRange, pods: podRange } = ranges;
