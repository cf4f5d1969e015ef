import { describe, expect, test } from "@jest/globals";
import { formatDuration, parseDuration } from "../../lab/standin/docker/container/duration";
import {
  connectRequest,
  containerRequest,
  portBindings,
  updateRequest,
  volumeRequest,
} from "../../lab/standin/docker/container/request";
import { containerResource } from "../../lab/standin/docker/container/resource";
import { containerFields } from "../../lab/standin/docker/container/schema";
import { containerState, type Inspection } from "../../lab/standin/docker/container/state";
import { Docker } from "../../lab/standin/docker/session";
import { checkInputs } from "../../lab/standin/provider/check";
import { plannedChanges, withoutDefaults } from "../../lab/standin/provider/plan";
import { unknown, type Values } from "../../lab/standin/provider/values";

describe("spans of time", () => {
  test.each([
    ["0s", 0, "0s"],
    ["1500ms", 1_500_000_000, "1.5s"],
    ["1m", 60_000_000_000, "1m0s"],
    ["1h2m3s", 3_723_000_000_000, "1h2m3s"],
    ["2us", 2_000, "2µs"],
  ])("%s", (span, nanoseconds, back) => {
    expect(parseDuration(span)).toBe(nanoseconds);
    expect(formatDuration(nanoseconds)).toBe(back);
  });

  test("what is none is refused", () => {
    expect(() => parseDuration("10")).toThrow('"10" is no span of time');
  });
});

describe("requests for a container", () => {
  test("ports by number and protocol, on any port of the host unless one is given", () => {
    const ports = [
      { internal: 80, external: 8080, ip: "127.0.0.1" },
      { internal: 80, external: 8081 },
      { internal: 53, protocol: "udp" },
    ];
    expect(portBindings(ports)).toEqual({
      "80/tcp": [
        { HostIp: "127.0.0.1", HostPort: "8080" },
        { HostIp: "", HostPort: "8081" },
      ],
      "53/udp": [{ HostIp: "", HostPort: "" }],
    });
  });

  test("volumes: named, of the host, nameless, and of another container", () => {
    const volumes = [
      { containerPath: "/a", volumeName: "v" },
      { containerPath: "/b", hostPath: "/h", readOnly: true },
      { containerPath: "/c" },
      { fromContainer: "other" },
    ];
    expect(volumeRequest(volumes)).toEqual({
      paths: { "/a": {}, "/b": {}, "/c": {} },
      binds: ["v:/a:rw", "/h:/b:ro"],
      from: ["other"],
    });
    expect(() => volumeRequest([{ readOnly: true }])).toThrow(
      "volume entry without container path or source container",
    );
  });

  test("units are the engine's, and what is not given is left out", () => {
    const request = containerRequest({
      image: "i",
      memory: 64,
      memorySwap: -1,
      shmSize: 1,
      cpus: "0.5",
      healthcheck: { tests: ["CMD", "x"], interval: "2s", retries: 3 },
      capabilities: { drops: ["ALL"] },
      labels: [{ label: "a", value: "b" }],
      mounts: [{ target: "/t", type: "bind", source: "/s", readOnly: true, tmpfsOptions: { mode: 1 } }],
    });
    expect(request).toMatchObject({
      Image: "i",
      Labels: { a: "b" },
      Healthcheck: { Test: ["CMD", "x"], Interval: 2_000_000_000, Timeout: 0, Retries: 3 },
      HostConfig: {
        Memory: 67_108_864,
        MemorySwap: -1,
        ShmSize: 1_048_576,
        NanoCpus: 500_000_000,
        CapDrop: ["ALL"],
        Mounts: [{ Type: "bind", Target: "/t", Source: "/s", ReadOnly: true, TmpfsOptions: undefined }],
        RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      },
    });
    expect(request.Hostname).toBeUndefined();
    expect(request.HostConfig.CapAdd).toBeUndefined();
  });

  test("an update names only what can be changed", () => {
    expect(updateRequest({ memory: 1, restart: "always", image: "i" })).toEqual({
      Memory: 1_048_576,
      RestartPolicy: { Name: "always", MaximumRetryCount: 0 },
    });
  });

  test("a network to join", () => {
    expect(connectRequest("c", { name: "n", aliases: ["a"], ipv4Address: "10.0.0.2" })).toMatchObject({
      Container: "c",
      EndpointConfig: { Aliases: ["a"], IPAMConfig: { IPv4Address: "10.0.0.2" } },
    });
  });
});

/** What an engine says of a container, as far as the tests need it. */
const inspection: Inspection = {
  Id: "c",
  Name: "/web",
  State: { Running: true, ExitCode: 0, FinishedAt: "0001-01-01T00:00:00Z" },
  Config: {
    Image: "i",
    Hostname: "0123456789ab",
    Domainname: "",
    User: "1000",
    Tty: false,
    OpenStdin: false,
    Cmd: ["run"],
    Entrypoint: null,
    WorkingDir: "/srv",
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["CMD", "x"], Interval: 60_000_000_000, Retries: 3 },
  },
  HostConfig: {
    AutoRemove: false,
    ReadonlyRootfs: true,
    RestartPolicy: { Name: "always", MaximumRetryCount: 0 },
    CapAdd: null,
    CapDrop: ["ALL"],
    CgroupParent: "",
    Devices: [],
    Dns: [],
    DnsOptions: [],
    DnsSearch: [],
    ExtraHosts: ["h:::1"],
    GroupAdd: null,
    IpcMode: "private",
    LogConfig: { Type: "json-file", Config: {} },
    Memory: 67_108_864,
    MemoryReservation: 0,
    MemorySwap: 134_217_728,
    NetworkMode: "bridge",
    PidMode: "",
    Privileged: false,
    PublishAllPorts: false,
    Runtime: "runc",
    SecurityOpt: null,
    ShmSize: 67_108_864,
    CpuShares: 0,
    CpusetCpus: "",
    Ulimits: null,
    UsernsMode: "",
  },
  NetworkSettings: {
    Bridge: "",
    Ports: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }], "53/udp": null },
    Networks: {},
  },
};

describe("a container", () => {
  const given: Values = {
    name: "web",
    image: "i",
    command: ["run"],
    user: "1000",
    envs: ["A=1"],
    readOnly: true,
    restart: "always",
    capabilities: { drops: ["ALL"] },
    hosts: [{ host: "h", ip: "::1" }],
    healthcheck: { tests: ["CMD", "x"], interval: "1m0s", retries: 3 },
    memory: 64,
    memorySwap: 128,
    ports: [{ internal: 80, external: 8080, ip: "127.0.0.1", protocol: "tcp" }],
  };
  const { inputs } = checkInputs(containerFields, {
    name: "c",
    oldInputs: {},
    inputs: given,
    seed: new Uint8Array(),
  });
  const state: Values = { ...withoutDefaults(inputs), ...containerState(inspection) };
  const changes = (changed: Values) => plannedChanges(containerFields, state, { ...inputs, ...changed });
  const replacing = (changed: Values) => changes(changed).some(({ replaces }) => replaces);

  test("that came out as it was asked for is no change", () => {
    expect(changes({})).toEqual([]);
  });

  test("a port that the engine chose is none, another one is", () => {
    const port = { internal: 80, ip: "127.0.0.1", protocol: "tcp" };
    expect(changes({ ports: [port] })).toEqual([]);
    expect(replacing({ ports: [{ ...port, external: 8081 }] })).toBe(true);
    expect(replacing({ ports: [{ ...port, ip: "0.0.0.0" }] })).toBe(true);
  });

  test.each<[string, Values]>([
    ["image", { image: "j" }],
    ["an image to come", { image: unknown }],
    ["envs", { envs: ["A=2"] }],
    ["command", { command: ["walk"] }],
    ["labels", { labels: [{ label: "a", value: "b" }] }],
    ["networks", { networksAdvanced: [{ name: "n" }] }],
    ["uploads", { uploads: [{ file: "/f", content: "x" }] }],
    ["capabilities", { capabilities: { drops: ["ALL"], adds: ["CAP_CHOWN"] } }],
    ["readOnly", { readOnly: false }],
    ["user", { user: "0" }],
    ["log options", { logOpts: { "max-size": "1m" } }],
  ])("is replaced by another of: %s", (_, changed) => {
    expect(replacing(changed)).toBe(true);
  });

  test.each<[string, Values]>([
    ["restart", { restart: "no" }],
    ["memory", { memory: 96 }],
    ["healthcheck", { healthcheck: { tests: ["CMD", "y"], interval: "1m0s", retries: 3 } }],
    ["mustRun", { mustRun: false }],
    ["destroyGraceSeconds", { destroyGraceSeconds: 5 }],
  ])("is kept with another: %s", (_, changed) => {
    expect(changes(changed)).toHaveLength(1);
    expect(replacing(changed)).toBe(false);
  });

  test("an empty user or folder means the image's", () => {
    expect(changes({ user: "", workingDir: undefined })).toEqual([]);
  });

  test("the old one always goes before the new one comes", () => {
    expect(containerResource(new Docker()).diff({ state, inputs })).toEqual({
      changes: [],
      deleteBeforeReplace: true,
    });
  });
});
