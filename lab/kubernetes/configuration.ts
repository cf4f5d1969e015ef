/** The text of every file that the cluster's parts read. Nothing here touches the machine. */
import path from "node:path";
import { stringify } from "yaml";
import { registry } from "../layout";
import { authorities, certificateFile } from "./certificates";
import {
  bridges,
  cniNetwork,
  containerdSocket,
  controlGroup,
  inCluster,
  nodeAddress,
  nodeName,
  pauseImage,
  podGateway,
  podSubnet,
  serviceRange,
  urls,
} from "./places";

/** The folder with a file per user of the API, by which it finds and enters the cluster. */
export const kubeconfigOf = (user: string): string => inCluster(`${user}.kubeconfig`);

/** The file of a part's settings. */
export const configurationOf = (part: "kubelet" | "kube-proxy"): string => inCluster(`${part}.yaml`);

/** The folder with a folder per registry. */
export const registriesFolder = inCluster("containerd", "certs.d");

/** The folder of the CNI network's configuration. */
export const cniFolder = inCluster("cni");

/** A kubeconfig that holds its certificates, so that the one file is enough. */
export const kubeconfig = (
  user: string,
  certificates: { authority: Buffer; client: Buffer; key: Buffer },
): string =>
  stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: nodeName,
        cluster: {
          server: urls.api,
          "certificate-authority-data": certificates.authority.toString("base64"),
        },
      },
    ],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": certificates.client.toString("base64"),
          "client-key-data": certificates.key.toString("base64"),
        },
      },
    ],
    contexts: [{ name: nodeName, context: { cluster: nodeName, user } }],
    "current-context": nodeName,
  });

/**
 * The kubelet's settings.
 * @param openFiles - the most files that a process may have open here; the kubelet ends when it can't raise it
 */
export const kubeletConfiguration = (openFiles: number): string =>
  stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    tlsCertFile: certificateFile("node", "crt"),
    tlsPrivateKeyFile: certificateFile("node", "key"),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificateFile(authorities.cluster, "crt") },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: controlGroup,
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    maxOpenFiles: openFiles,
    podLogsDir: inCluster("pod-logs"),
    volumePluginDir: inCluster("volume-plugins"),
    // The lab's images are few, and the pause image could not be pulled again.
    imageGCHighThresholdPercent: 100,
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    // Those chains guard node ports on loopback, which there are none of.
    makeIPTablesUtilChains: false,
  });

/** kube-proxy's settings. */
export const proxyConfiguration = (): string =>
  stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: kubeconfigOf("proxy") },
    hostnameOverride: nodeName,
    bindAddress: nodeAddress,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    mode: "iptables",
    clusterCIDR: podSubnet,
    // Node ports on loopback would need a setting of the whole machine (route_localnet).
    nodePortAddresses: [`${nodeAddress}/32`],
    iptables: {
      localhostNodePorts: false,
      // A pod's answer to another pod would take the bridge straight back, past the translation of its address.
      masqueradeAll: true,
      minSyncPeriod: "100ms",
    },
    // The machine's own limits stay.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    oomScoreAdj: 0,
  });

/** containerd's settings: nothing of it outside of the cluster's folder. */
export const containerdConfiguration = (): string => `version = 2
root = "${inCluster("containerd", "root")}"
state = "${inCluster("containerd", "state")}"
disabled_plugins = ["io.containerd.internal.v1.restart", "io.containerd.snapshotter.v1.btrfs"]

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${inCluster("containerd", "opt")}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  disable_apparmor = true
  disable_hugetlb_controller = true
  # Without it no pod starts where a process may not lower its score.
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cniFolder}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${registriesFolder}"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "${inCluster("containerd", "runc")}"
      SystemdCgroup = false
`;

/** The lab's registry, for containerd: plain HTTP. */
export const registryHosts = (): string => `server = "http://${registry}"

[host."http://${registry}"]
  capabilities = ["pull", "resolve"]
`;

/** The pods' network. They get routes to each other, to services and to the node, and none to anywhere else. */
export const cniConfiguration = (): string =>
  JSON.stringify({
    cniVersion: "0.4.0",
    name: cniNetwork,
    plugins: [
      {
        type: "bridge",
        bridge: bridges.pods,
        // The bridge has its address already; the plugin would let the whole machine forward packets.
        isGateway: false,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: inCluster("addresses"),
          ranges: [[{ subnet: podSubnet, gateway: podGateway }]],
          routes: [{ dst: serviceRange }, { dst: `${nodeAddress}/32` }],
        },
      },
    ],
  });

/** Every file whose text does not depend on this machine, by its path. */
export const staticFiles = (): Readonly<Record<string, string>> => ({
  [configurationOf("kube-proxy")]: proxyConfiguration(),
  [inCluster("containerd", "config.toml")]: containerdConfiguration(),
  [path.join(registriesFolder, registry, "hosts.toml")]: registryHosts(),
  [path.join(cniFolder, "10-lab.conflist")]: cniConfiguration(),
});
