/** The engine's requests for a container, from the inputs. */
import { text } from "../../provider/provider";
import { isValues, type Value, type Values } from "../../provider/values";
import { labelsToEngine } from "../labels";
import { parseDuration } from "./duration";

/** Bytes in the unit that memory is given in. */
export const mebibyte = 1024 * 1024;

const textOf = (value: Value): string | undefined => text(value) || undefined;
const numberOf = (value: Value): number | undefined => (typeof value === "number" ? value : undefined);
const textsOf = (value: Value): string[] | undefined =>
  Array.isArray(value) ? value.map((item) => text(item)) : undefined;
const mapOf = (value: Value) => (isValues(value) ? (value as Record<string, string>) : undefined);
const blocksOf = (value: Value): Values[] => (Array.isArray(value) ? value : []).filter(isValues);
const scaled = (value: Value): number | undefined =>
  typeof value === "number" ? value * mebibyte : undefined;

/** Memory and swap together; below zero there is no limit. */
const swapOf = (value: Value): number | undefined =>
  typeof value === "number" && value > 0 ? value * mebibyte : numberOf(value);

interface PortBinding {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** The ports, by the engine's name: `80/tcp`. */
export function portBindings(ports: Value): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {};
  for (const { internal, external, ip, protocol } of blocksOf(ports)) {
    const binding = { HostIp: text(ip), HostPort: String(numberOf(external) ?? "") };
    (bindings[`${Number(internal)}/${text(protocol, "tcp")}`] ??= []).push(binding);
  }
  return bindings;
}

/** Volumes as the engine takes them: paths, ties to folders and named volumes, and other containers. */
export function volumeRequest(volumes: Value) {
  const paths: Record<string, object> = {};
  const binds: string[] = [];
  const from: string[] = [];
  for (const volume of blocksOf(volumes)) {
    const [container, path] = [text(volume["fromContainer"]), text(volume["containerPath"])];
    const source = text(volume["volumeName"]) || text(volume["hostPath"]);
    if (container === "" && path === "")
      throw new Error("volume entry without container path or source container");
    if (container !== "" && path !== "")
      throw new Error("both a container and a path specified in a volume entry");
    if (container !== "") from.push(container);
    else paths[path] = {};
    if (path !== "" && source !== "")
      binds.push(`${source}:${path}:${volume["readOnly"] === true ? "ro" : "rw"}`);
  }
  return { paths, binds, from };
}

const healthRequest = (healthcheck: Value) => {
  if (!isValues(healthcheck)) return undefined;
  const span = (name: string) => parseDuration(text(healthcheck[name], "0s"));
  return {
    Test: textsOf(healthcheck["tests"]),
    Interval: span("interval"),
    Timeout: span("timeout"),
    StartPeriod: span("startPeriod"),
    StartInterval: span("startInterval") || undefined,
    Retries: numberOf(healthcheck["retries"]),
  };
};

const mountRequest = (mount: Values) => {
  const type = text(mount["type"]);
  const of = (name: string, wanted: string): Values | undefined => {
    const options = mount[name];
    return type === wanted && isValues(options) ? options : undefined;
  };
  const [bind, volume, tmpfs] = [
    of("bindOptions", "bind"),
    of("volumeOptions", "volume"),
    of("tmpfsOptions", "tmpfs"),
  ];
  return {
    Type: type,
    Target: mount["target"],
    Source: textOf(mount["source"]),
    ReadOnly: mount["readOnly"],
    BindOptions: bind && { Propagation: textOf(bind["propagation"]) },
    TmpfsOptions: tmpfs && { SizeBytes: tmpfs["sizeBytes"], Mode: tmpfs["mode"] },
    VolumeOptions: volume && {
      NoCopy: volume["noCopy"],
      Labels: labelsToEngine(volume["labels"]),
      Subpath: textOf(volume["subpath"]),
      DriverConfig: volume["driverName"] && {
        Name: volume["driverName"],
        Options: mapOf(volume["driverOptions"]),
      },
    },
  };
};

const deviceRequest = (device: Values) => ({
  PathOnHost: device["hostPath"],
  PathInContainer: textOf(device["containerPath"]) ?? device["hostPath"],
  CgroupPermissions: textOf(device["permissions"]) ?? "rwm",
});

const capabilities = (value: Value) => {
  const { adds, drops } = isValues(value) ? value : {};
  return { CapAdd: textsOf(adds), CapDrop: textsOf(drops) };
};

/** The limits that can be changed while a container runs. */
const resources = (inputs: Values) => ({
  Memory: scaled(inputs["memory"]),
  MemoryReservation: scaled(inputs["memoryReservation"]),
  MemorySwap: swapOf(inputs["memorySwap"]),
  CpuShares: inputs["cpuShares"],
  CpusetCpus: textOf(inputs["cpuSet"]),
  CpuPeriod: inputs["cpuPeriod"],
  CpuQuota: inputs["cpuQuota"],
});

const restartPolicy = (inputs: Values) => ({
  Name: text(inputs["restart"], "no"),
  MaximumRetryCount: numberOf(inputs["maxRetryCount"]) ?? 0,
});

function hostRequest(inputs: Values) {
  const { binds, from } = volumeRequest(inputs["volumes"]);
  return {
    ...resources(inputs),
    ...capabilities(inputs["capabilities"]),
    AutoRemove: inputs["rm"],
    Binds: binds,
    CgroupParent: textOf(inputs["cgroupParent"]),
    CgroupnsMode: textOf(inputs["cgroupnsMode"]),
    Devices: blocksOf(inputs["devices"]).map(deviceRequest),
    Dns: textsOf(inputs["dns"]),
    DnsOptions: textsOf(inputs["dnsOpts"]),
    DnsSearch: textsOf(inputs["dnsSearches"]),
    ExtraHosts: blocksOf(inputs["hosts"]).map(({ host, ip }) => `${text(host)}:${text(ip)}`),
    GroupAdd: textsOf(inputs["groupAdds"]),
    Init: inputs["init"],
    IpcMode: textOf(inputs["ipcMode"]),
    LogConfig: { Type: text(inputs["logDriver"]), Config: mapOf(inputs["logOpts"]) },
    Mounts: blocksOf(inputs["mounts"]).map(mountRequest),
    NanoCpus: inputs["cpus"] === undefined ? undefined : Math.round(Number(inputs["cpus"]) * 1e9),
    NetworkMode: textOf(inputs["networkMode"]),
    PidMode: textOf(inputs["pidMode"]),
    PortBindings: portBindings(inputs["ports"]),
    Privileged: inputs["privileged"],
    PublishAllPorts: inputs["publishAllPorts"],
    ReadonlyRootfs: inputs["readOnly"],
    RestartPolicy: restartPolicy(inputs),
    Runtime: textOf(inputs["runtime"]),
    SecurityOpt: textsOf(inputs["securityOpts"]),
    ShmSize: scaled(inputs["shmSize"]),
    StorageOpt: mapOf(inputs["storageOpts"]),
    Sysctls: mapOf(inputs["sysctls"]),
    Tmpfs: mapOf(inputs["tmpfs"]),
    Ulimits: blocksOf(inputs["ulimits"]).map(({ name, soft, hard }) => ({
      Name: name,
      Soft: soft,
      Hard: hard,
    })),
    UsernsMode: textOf(inputs["usernsMode"]),
    VolumesFrom: from,
  };
}

/** The request that creates a container. */
export const containerRequest = (inputs: Values) => ({
  Image: inputs["image"],
  Hostname: textOf(inputs["hostname"]),
  Domainname: textOf(inputs["domainname"]),
  Tty: inputs["tty"],
  OpenStdin: inputs["stdinOpen"],
  Env: textsOf(inputs["envs"]),
  Cmd: textsOf(inputs["command"]),
  Entrypoint: textsOf(inputs["entrypoints"]),
  User: textOf(inputs["user"]),
  WorkingDir: textOf(inputs["workingDir"]),
  Labels: labelsToEngine(inputs["labels"]),
  Healthcheck: healthRequest(inputs["healthcheck"]),
  StopSignal: textOf(inputs["stopSignal"]),
  StopTimeout: inputs["stopTimeout"],
  ExposedPorts: Object.fromEntries(Object.keys(portBindings(inputs["ports"])).map((port) => [port, {}])),
  Volumes: volumeRequest(inputs["volumes"]).paths,
  HostConfig: hostRequest(inputs),
});

/** The request that connects a container to one of its networks. */
export const connectRequest = (container: string, network: Values) => ({
  Container: container,
  EndpointConfig: {
    Aliases: textsOf(network["aliases"]),
    MacAddress: textOf(network["macAddress"]),
    IPAMConfig: { IPv4Address: textOf(network["ipv4Address"]), IPv6Address: textOf(network["ipv6Address"]) },
  },
});

/** The networks of a container besides its first. */
export const networksOf = (inputs: Values): Values[] => blocksOf(inputs["networksAdvanced"]);

/** The files to put into a container before it starts. */
export const uploadsOf = (inputs: Values): Values[] => blocksOf(inputs["uploads"]);

/** Inputs that the engine can change while the container runs. */
export const updatableInputs = [
  "restart",
  "maxRetryCount",
  "memory",
  "memoryReservation",
  "memorySwap",
  "cpuShares",
  "cpuSet",
  "cpuPeriod",
  "cpuQuota",
];

/** The request that changes them. */
export const updateRequest = (inputs: Values) => ({
  ...resources(inputs),
  RestartPolicy: restartPolicy(inputs),
});
