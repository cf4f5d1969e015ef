/** The inputs and outputs of a container, and which of them can't be changed in place. */
import type { Field, Fields } from "../../provider/schema";
import { isValues, type Value } from "../../provider/values";
import { labelsField } from "../labels";

const fixed = (type: "string" | "number" | "boolean"): Field => ({ type, replaces: true });

/** Fixed, and chosen by the engine when the program does not. */
const chosen = (type: "string" | "number" | "boolean"): Field => ({ type, replaces: true, computed: true });

const byDefault = (value: string | number | boolean, replaces = false): Field => ({
  type: typeof value as "string" | "number" | "boolean",
  default: value,
  replaces,
});

const required: Field = { type: "string", required: true, replaces: true };

const duration: Field = { type: "string", default: "0s" };

/** An empty value means the image's own. */
const orImages: Field = {
  type: "string",
  replaces: true,
  same: (old, now) => now === undefined || now === "" || now === old,
};

/** Ports may be listed in any order, and one that the engine chose stays. */
export function samePorts(old: Value, now: Value): boolean {
  if (!Array.isArray(old) || !Array.isArray(now) || old.length !== now.length) return false;
  return old
    .filter(isValues)
    .every((before) =>
      now
        .filter(isValues)
        .some(
          (after) =>
            after["internal"] === before["internal"] &&
            after["protocol"] === before["protocol"] &&
            after["ip"] === before["ip"] &&
            (after["external"] === undefined || after["external"] === before["external"]),
        ),
    );
}

const mountFields: Fields = {
  target: { type: "string", required: true },
  type: { type: "string", required: true, pattern: /^(bind|volume|tmpfs)$/ },
  source: { type: "string" },
  readOnly: { type: "boolean" },
  bindOptions: { type: "block", fields: { propagation: { type: "string" } } },
  tmpfsOptions: {
    type: "block",
    replaces: true,
    fields: { mode: { type: "number" }, sizeBytes: { type: "number" } },
  },
  volumeOptions: {
    type: "block",
    fields: {
      driverName: { type: "string" },
      driverOptions: { type: "map" },
      labels: { type: "block-set", fields: { label: { type: "string" }, value: { type: "string" } } },
      noCopy: { type: "boolean" },
      subpath: fixed("string"),
    },
  },
};

/** The properties of `docker:index/container:Container`. */
export const containerFields: Fields = {
  name: fixed("string"),
  image: required,
  command: { type: "list", replaces: true, computed: true },
  entrypoints: { type: "list", replaces: true, computed: true },
  envs: { type: "set", replaces: true, computed: true },
  user: orImages,
  workingDir: orImages,
  labels: labelsField({ computed: true }),
  hostname: chosen("string"),
  domainname: fixed("string"),

  start: byDefault(true),
  mustRun: byDefault(true),
  wait: byDefault(false),
  waitTimeout: byDefault(60),
  containerReadRefreshTimeoutMilliseconds: byDefault(15_000),
  attach: byDefault(false),
  logs: byDefault(false),
  rm: byDefault(false),
  removeVolumes: byDefault(true),
  destroyGraceSeconds: { type: "number" },
  stopSignal: chosen("string"),
  stopTimeout: chosen("number"),
  restart: { type: "string", default: "no", pattern: /^(no|on-failure|always|unless-stopped)$/ },
  maxRetryCount: { type: "number" },
  init: { type: "boolean", computed: true },
  tty: byDefault(false, true),
  stdinOpen: byDefault(false, true),

  // A change of these is stored, but never reaches the container: so it is with the official plugin.
  healthcheck: {
    type: "block",
    computed: true,
    fields: {
      tests: { type: "list", required: true },
      interval: duration,
      timeout: duration,
      startPeriod: duration,
      startInterval: duration,
      retries: { type: "number", default: 0 },
    },
  },
  tmpfs: { type: "map" },

  networkMode: byDefault("bridge", true),
  networksAdvanced: {
    type: "block-set",
    replaces: true,
    fields: {
      name: required,
      aliases: { type: "set", replaces: true },
      ipv4Address: fixed("string"),
      ipv6Address: fixed("string"),
      macAddress: fixed("string"),
    },
  },
  ports: {
    type: "blocks",
    replaces: true,
    same: samePorts,
    fields: {
      internal: { type: "number", required: true, replaces: true },
      external: chosen("number"),
      ip: byDefault("0.0.0.0", true),
      protocol: byDefault("tcp", true),
    },
  },
  publishAllPorts: fixed("boolean"),
  hosts: { type: "block-set", replaces: true, fields: { host: required, ip: required } },
  dns: { type: "set", replaces: true },
  dnsOpts: { type: "set", replaces: true },
  dnsSearches: { type: "set", replaces: true },

  volumes: {
    type: "block-set",
    replaces: true,
    fields: {
      containerPath: fixed("string"),
      hostPath: fixed("string"),
      volumeName: fixed("string"),
      fromContainer: fixed("string"),
      readOnly: fixed("boolean"),
    },
  },
  mounts: { type: "block-set", replaces: true, fields: mountFields },
  uploads: {
    type: "block-set",
    replaces: true,
    fields: {
      file: required,
      content: fixed("string"),
      contentBase64: fixed("string"),
      source: fixed("string"),
      sourceHash: fixed("string"),
      executable: byDefault(false, true),
      permissions: { type: "string", replaces: true, pattern: /^0[0-7]{3}$/ },
    },
  },
  storageOpts: { type: "map", replaces: true },

  readOnly: byDefault(false, true),
  privileged: fixed("boolean"),
  capabilities: {
    type: "block",
    replaces: true,
    fields: { adds: { type: "set", replaces: true }, drops: { type: "set", replaces: true } },
  },
  securityOpts: { type: "set", replaces: true, computed: true },
  groupAdds: { type: "set", replaces: true },
  devices: {
    type: "block-set",
    replaces: true,
    fields: { hostPath: required, containerPath: fixed("string"), permissions: fixed("string") },
  },
  gpus: fixed("string"),
  runtime: chosen("string"),
  ipcMode: chosen("string"),
  pidMode: fixed("string"),
  usernsMode: fixed("string"),
  cgroupnsMode: fixed("string"),
  cgroupParent: chosen("string"),
  sysctls: { type: "map", replaces: true },
  ulimits: {
    type: "block-set",
    replaces: true,
    fields: {
      name: required,
      soft: { type: "number", required: true, replaces: true },
      hard: { type: "number", required: true, replaces: true },
    },
  },

  memory: { type: "number" },
  memoryReservation: { type: "number" },
  memorySwap: { type: "number" },
  shmSize: chosen("number"),
  cpus: fixed("string"),
  cpuSet: { type: "string", pattern: /^\d+([,-]\d+)*$/ },
  cpuShares: { type: "number" },
  cpuPeriod: { type: "number" },
  cpuQuota: { type: "number" },

  logDriver: chosen("string"),
  logOpts: { type: "map", replaces: true },

  bridge: { type: "string", output: true },
  containerLogs: { type: "string", output: true },
  exitCode: { type: "number", output: true },
  networkDatas: { type: "blocks", output: true, fields: {} },
};

/** What the stand-in refuses. */
export const refusedInputs = {
  attach:
    "The stand-in for Pulumi's docker provider does not attach to containers: leave out attach, or install the official plugin.",
  logs: "The stand-in for Pulumi's docker provider keeps no logs: leave out logs, or install the official plugin.",
  gpus: "The stand-in for Pulumi's docker provider knows no GPUs: leave out gpus, or install the official plugin.",
};
