/** Docker engines of the lab: one that plays the cloud, and one for each site. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { execa } from "execa";
import { type Daemon, type DaemonFiles, isAlive, start, stop } from "./daemon";
import { cloudDocker, folderOf, type LabHost, ranges } from "./layout";
import { addressIn } from "./network";

/** An engine: where it lies and which addresses its containers get. */
export interface Engine {
  /** The control group of its containers is named after it. */
  readonly name: string;
  /** The folder that holds everything of it, its socket `docker.sock` too. */
  readonly folder: string;
  /** The host in whose network it runs; the cloud's runs in this machine's own. */
  readonly host?: string;
  /** The bridge of its default network. The engine makes one of the name `docker0`, others are made for it. */
  readonly bridge: string;
  /** That bridge's address. */
  readonly gateway: string;
  /** Where networks that users make get their addresses from. */
  readonly pool: string;
}

/** The engine that plays the cloud. */
export const cloudEngine: Engine = {
  name: "cloud",
  folder: path.dirname(cloudDocker.socket),
  bridge: "hms-cloud",
  gateway: addressIn(ranges.containers, 1),
  pool: `${addressIn(ranges.containers, 8192)}/19`,
};

/** The engine of a site. Nobody outside of the site ever sees its containers' addresses. */
export const siteEngine = ({ name }: LabHost): Engine => ({
  name,
  folder: folderOf(name),
  host: name,
  bridge: "docker0",
  gateway: "172.30.0.1",
  pool: "172.30.128.0/17",
});

/** The prefix of every network, in bits. */
const networkBits = 24;

/** The engine's socket. */
export const socketOf = ({ folder }: Engine): string => path.join(folder, "docker.sock");

const enginePidFile = ({ folder }: Engine): string => path.join(folder, "engine.pid");

/** The engine's settings, for `dockerd --config-file`. */
export function settingsOf(engine: Engine): Record<string, unknown> {
  const { name, folder, bridge, gateway, pool, host } = engine;
  return {
    hosts: [`unix://${socketOf(engine)}`],
    "data-root": path.join(folder, "docker"),
    "exec-root": path.join(folder, "run"),
    pidfile: enginePidFile(engine),
    "exec-opts": ["native.cgroupdriver=cgroupfs"],
    "cgroup-parent": controlGroupOf(name),
    ...(host === undefined ? { bridge } : { bip: `${gateway}/${networkBits}` }),
    "default-address-pools": [{ base: pool, size: networkBits }],
    // Where nobody answers: a container's question for a name fails at once, and none leaves the machine.
    dns: [gateway],
    // To a neighbour of this machine there is no lab. A site's ports are for everybody who reaches the site.
    ...(host === undefined && { ip: "127.0.0.1", "userland-proxy-path": portGuard(engine) }),
    "shutdown-timeout": 3,
    "log-driver": "json-file",
    "log-opts": { "max-size": "4m", "max-file": "2" },
  };
}

const controlGroupOf = (name: string): string => `/hms-lab/${name}`;

const filesOf = (engine: Engine): DaemonFiles => ({
  name: "dockerd",
  folder: engine.folder,
  controlGroup: controlGroupOf(engine.name),
});

/** Files of an engine that stand in for others. */
const resolvConf = ({ folder }: Engine): string => path.join(folder, "resolv.conf");
const portGuard = ({ folder }: Engine): string => path.join(folder, "publish-on-loopback");

/**
 * The program that the engine starts for each published port. On networks that users make, the engine's setting for the
 * address does not count; so a port on any other is refused, in the way in which docker-proxy speaks to the engine.
 */
const portGuardScript = `#!/bin/sh
case " $* " in
  *" -host-ip 127."* | *" -host-ip ::1 "*) exec docker-proxy "$@" ;;
esac
printf '1\\n%s' "the lab's cloud publishes ports on loopback only: publish 127.0.0.1:PORT:PORT" >&3
exit 1
`;

/**
 * What comes before an engine in its own mounts. An engine waits without end for the containerd of one that was killed,
 * when that is over and nobody has reaped it: then its pid file goes.
 */
const launchScript = `
state=$(sed 's/.*) \\(.\\).*/\\1/' "/proc/$(cat "$1" 2>/dev/null)/stat" 2>/dev/null)
case $state in Z | X | "") rm -f "$1" ;; esac
shift
mount --bind "$0" /etc/resolv.conf && mount -t tmpfs tmpfs /etc/docker && exec "$@"`;

/** The engine as a daemon. */
export const dockerDaemon = (engine: Engine): Daemon => ({
  ...filesOf(engine),
  // It asks for names itself, too, though it has a proxy; and it leaves a key in /etc/docker.
  command: [
    "sh",
    ...["-c", launchScript, resolvConf(engine), path.join(engine.folder, "run/containerd/containerd.pid")],
    ...["dockerd", "--config-file", path.join(engine.folder, "daemon.json")],
  ],
  env: {
    // No image comes from outside: a pull fails at once, by a port where nobody listens.
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1,localhost",
  },
  settings: JSON.stringify(settingsOf(engine)) + portGuardScript,
  host: engine.host,
  privateMounts: true,
  ready: () => answersPing(socketOf(engine)),
  readyWithinSeconds: 30,
});

/** Whether an engine answers at a socket. */
function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((answer) => {
    request({ socketPath, path: "/_ping", timeout: 2000 }, (response) => {
      response.resume();
      answer(response.statusCode === 200);
    })
      .on("error", () => {
        answer(false);
      })
      .end();
  });
}

/** Starts an engine; one that serves is left alone. Says whether it had to be started. */
export async function startDocker(engine: Engine): Promise<boolean> {
  mkdirSync(engine.folder, { recursive: true });
  writeFileSync(path.join(engine.folder, "daemon.json"), JSON.stringify(settingsOf(engine), undefined, 2));
  writeFileSync(resolvConf(engine), "nameserver 127.0.0.1\n");
  if (engine.host === undefined) {
    writeFileSync(portGuard(engine), portGuardScript, { mode: 0o755 });
    await makeBridge(engine);
  }
  // That of one that was killed: the number in it may be somebody else's by now, for whom the engine would wait.
  if (!isAlive(filesOf(engine))) rmSync(enginePidFile(engine), { force: true });
  return await start(dockerDaemon(engine));
}

/** Stops an engine with its containers. */
export async function stopDocker(engine: Engine, graceSeconds = 15): Promise<void> {
  await stop(filesOf(engine), graceSeconds);
}

/** Whether an engine runs and answers. */
export const isServing = async (engine: Engine): Promise<boolean> =>
  isAlive(filesOf(engine)) && (await answersPing(socketOf(engine)));

/**
 * The bridge of the default network, under a name of the lab: `docker0` may be another engine's. The engine removes it
 * as little as it makes it.
 */
async function makeBridge({ bridge, gateway }: Engine): Promise<void> {
  const exists = await execa("ip", ["link", "show", "dev", bridge], { reject: false });
  if (exists.exitCode !== 0) await execa("ip", ["link", "add", bridge, "type", "bridge"]);
  await execa("ip", ["link", "set", bridge, "addrgenmode", "none"]);
  await execa("ip", ["addr", "replace", `${gateway}/${networkBits}`, "dev", bridge]);
  await execa("ip", ["link", "set", bridge, "up"]);
}
