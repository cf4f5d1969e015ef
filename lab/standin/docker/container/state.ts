/** A container's outputs, from what the engine says of it. */
import type { Values } from "../../provider/values";
import { formatDuration } from "./duration";
import { mebibyte } from "./request";

type Texts = readonly string[] | null;
type TextMap = Record<string, string> | null;

interface Mount {
  readonly Type: string;
  readonly Target: string;
  readonly Source?: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: TextMap;
    readonly DriverConfig?: { readonly Name?: string; readonly Options?: TextMap };
  };
}

interface Endpoint {
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly IPv6Gateway: string;
  readonly MacAddress: string;
}

/** What the engine says of a container, as far as it is of use here. */
export interface Inspection {
  readonly Id: string;
  readonly Name: string;
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    /** When it last ended; long ago if never. */
    readonly FinishedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly Config: {
    readonly Image: string;
    readonly Hostname: string;
    readonly Domainname: string;
    readonly User: string;
    readonly Tty: boolean;
    readonly OpenStdin: boolean;
    readonly Cmd: Texts;
    readonly Entrypoint: Texts;
    readonly WorkingDir: string;
    readonly StopSignal?: string;
    readonly StopTimeout?: number;
    readonly Healthcheck?: {
      readonly Test: Texts;
      readonly Interval?: number;
      readonly Timeout?: number;
      readonly StartPeriod?: number;
      readonly StartInterval?: number;
      readonly Retries?: number;
    };
  };
  readonly HostConfig: {
    readonly AutoRemove: boolean;
    readonly ReadonlyRootfs: boolean;
    readonly RestartPolicy: { readonly Name: string; readonly MaximumRetryCount: number };
    readonly Init?: boolean | null;
    readonly CapAdd: Texts;
    readonly CapDrop: Texts;
    readonly CgroupParent: string;
    readonly Devices:
      readonly { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[] | null;
    readonly Dns: Texts;
    readonly DnsOptions: Texts;
    readonly DnsSearch: Texts;
    readonly ExtraHosts: Texts;
    readonly GroupAdd: Texts;
    readonly IpcMode: string;
    readonly LogConfig: { readonly Type: string; readonly Config: TextMap };
    readonly Memory: number;
    readonly MemoryReservation: number;
    readonly MemorySwap: number;
    readonly Mounts?: readonly Mount[] | null;
    readonly NetworkMode: string;
    readonly PidMode: string;
    readonly Privileged: boolean;
    readonly PublishAllPorts: boolean;
    readonly Runtime: string;
    readonly SecurityOpt: Texts;
    readonly ShmSize: number;
    readonly CpuShares: number;
    readonly CpusetCpus: string;
    readonly StorageOpt?: TextMap;
    readonly Sysctls?: TextMap;
    readonly Tmpfs?: TextMap;
    readonly Ulimits: readonly { Name: string; Soft: number; Hard: number }[] | null;
    readonly UsernsMode: string;
  };
  readonly NetworkSettings: {
    readonly Bridge: string;
    readonly Ports: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null;
    readonly Networks: Readonly<Record<string, Endpoint>> | null;
  };
}

const texts = (list: Texts | undefined): string[] => [...(list ?? [])];
const map = (values: TextMap | undefined): Values => ({ ...values });
const megabytes = (bytes: number): number => Math.floor(bytes / mebibyte);

const portsOf = ({ NetworkSettings }: Inspection): Values[] =>
  Object.entries(NetworkSettings.Ports ?? {})
    .map(([name, bindings]) => {
      const [internal = "", protocol = ""] = name.split("/");
      return { internal: Number(internal), protocol, bindings: bindings ?? [] };
    })
    .sort((one, other) => one.internal - other.internal)
    .flatMap(({ internal, protocol, bindings }) =>
      bindings.map(({ HostIp, HostPort }) => ({
        internal,
        external: Number(HostPort),
        ip: HostIp,
        protocol,
      })),
    );

const networkDatas = ({ NetworkSettings }: Inspection): Values[] =>
  Object.entries(NetworkSettings.Networks ?? {})
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([networkName, network]) => ({
      networkName,
      ipAddress: network.IPAddress,
      ipPrefixLength: network.IPPrefixLen,
      gateway: network.Gateway,
      globalIpv6Address: network.GlobalIPv6Address,
      globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
      ipv6Gateway: network.IPv6Gateway,
      macAddress: network.MacAddress,
    }));

const healthcheckOf = ({ Config: { Healthcheck: check } }: Inspection): Values | undefined =>
  check && {
    tests: texts(check.Test),
    interval: formatDuration(check.Interval ?? 0),
    timeout: formatDuration(check.Timeout ?? 0),
    startPeriod: formatDuration(check.StartPeriod ?? 0),
    startInterval: formatDuration(check.StartInterval ?? 0),
    retries: check.Retries ?? 0,
  };

const mountOf = (mount: Mount): Values => {
  const { BindOptions: bind, TmpfsOptions: tmpfs, VolumeOptions: volume } = mount;
  return {
    target: mount.Target,
    source: mount.Source ?? "",
    type: mount.Type,
    readOnly: mount.ReadOnly ?? false,
    ...(bind && { bindOptions: { propagation: bind.Propagation ?? "" } }),
    ...(tmpfs && { tmpfsOptions: { sizeBytes: tmpfs.SizeBytes ?? 0, mode: tmpfs.Mode ?? 0 } }),
    ...(volume && {
      volumeOptions: {
        noCopy: volume.NoCopy ?? false,
        labels: Object.entries(volume.Labels ?? {}).map(([label, value]) => ({ label, value })),
        driverName: volume.DriverConfig?.Name ?? "",
        driverOptions: map(volume.DriverConfig?.Options),
      },
    }),
  };
};

const hostOf = (entry: string): Values => {
  const [host = "", ...ip] = entry.split(":");
  return { host, ip: ip.join(":") };
};

function hostState({ HostConfig: host }: Inspection): Values {
  const capabilities = { adds: texts(host.CapAdd), drops: texts(host.CapDrop) };
  return {
    rm: host.AutoRemove,
    readOnly: host.ReadonlyRootfs,
    dns: texts(host.Dns),
    dnsOpts: texts(host.DnsOptions),
    dnsSearches: texts(host.DnsSearch),
    securityOpts: texts(host.SecurityOpt),
    publishAllPorts: host.PublishAllPorts,
    restart: host.RestartPolicy.Name,
    maxRetryCount: host.RestartPolicy.MaximumRetryCount,
    init: host.Init ?? false,
    ...(capabilities.adds.length + capabilities.drops.length > 0 && { capabilities }),
    runtime: host.Runtime,
    cgroupParent: host.CgroupParent,
    mounts: (host.Mounts ?? []).map(mountOf),
    tmpfs: map(host.Tmpfs),
    hosts: texts(host.ExtraHosts).map(hostOf),
    ulimits: (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
    privileged: host.Privileged,
    devices: (host.Devices ?? []).map((device) => ({
      hostPath: device.PathOnHost,
      containerPath: device.PathInContainer,
      permissions: device.CgroupPermissions,
    })),
    memory: megabytes(host.Memory),
    memoryReservation: megabytes(host.MemoryReservation),
    memorySwap: host.MemorySwap > 0 ? megabytes(host.MemorySwap) : host.MemorySwap,
    shmSize: megabytes(host.ShmSize),
    cpuShares: host.CpuShares,
    cpuSet: host.CpusetCpus,
    logDriver: host.LogConfig.Type,
    logOpts: map(host.LogConfig.Config),
    storageOpts: map(host.StorageOpt),
    networkMode: host.NetworkMode,
    pidMode: host.PidMode,
    usernsMode: host.UsernsMode,
    sysctls: map(host.Sysctls),
    ipcMode: host.IpcMode,
    groupAdds: texts(host.GroupAdd),
  };
}

/** What the engine says of a container. What it does not say (variables, labels, uploads) stays as it was given. */
export function containerState(container: Inspection): Values {
  const { Config: config, State: state } = container;
  return {
    ...hostState(container),
    name: container.Name.replace(/^\//, ""),
    image: config.Image,
    hostname: config.Hostname,
    domainname: config.Domainname,
    command: texts(config.Cmd),
    entrypoints: texts(config.Entrypoint),
    user: config.User,
    workingDir: config.WorkingDir,
    tty: config.Tty,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    healthcheck: healthcheckOf(container),
    bridge: container.NetworkSettings.Bridge,
    ports: portsOf(container),
    networkDatas: networkDatas(container),
    ...(state.Running ? {} : { exitCode: state.ExitCode }),
  };
}
