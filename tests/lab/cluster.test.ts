import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { existsSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { down, status, up } from "../../lab/kubernetes/cluster";
import { bridges, controlGroup, inCluster } from "../../lab/kubernetes/places";
import { inLab, kubeconfig, registry } from "../../lab/layout";
import { closeFence, openFence, outsideLinks } from "../../lab/network";
import { writeImage } from "../../lab/oci";
import { processesOf } from "../../lab/processes";
import { registryServes, startRegistry, stopRegistry } from "../../lab/registry";
import { withLock } from "../../lab/toolchain/cache";
import { kubernetesBinary } from "../../lab/toolchain/kubernetes/cluster";

const service = "http://10.96.77.80";
const image = `${registry}/cluster-test/web:1`;

const ip = async (...args: string[]): Promise<string> => (await execa("ip", args)).stdout;
const lines = (text: string): string[] => text.split("\n").filter(Boolean).sort();
const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

const clusterProcesses = (): number[] =>
  processesOf((pidFile) => pidFile.startsWith(`${inCluster()}/`), controlGroup).map(({ pid }) => pid);

/** Shims' sockets lie beside those of docker engines; their names are seen only while the cluster is up. */
const shimSockets = new Set<string>();
function noteShimSockets(): void {
  const pods = inCluster("containerd", "state", "io.containerd.runtime.v2.task", "k8s.io");
  for (const id of entries(pods)) {
    shimSockets.add(readFileSync(path.join(pods, id, "address"), "utf8").replace("unix://", ""));
  }
}

/** CNI's links have eight digits, those of docker engines, which others of the lab may be starting, seven. */
const clusterLink = /\b(hms-node|hms-pods|veth[0-9a-f]{8})\b/;
const clusterRule = /KUBE|CNI|hms-node|hms-pods|10\.96\.|10\.77\.(64|127)\./;

/** Everything that the cluster changes on the machine. */
async function machine(): Promise<Record<string, unknown>> {
  const rules = await Promise.all(["iptables-save", "ip6tables-save"].map((save) => execa(save)));
  const routes = lines(await ip("route", "show", "table", "all"));
  return {
    processes: clusterProcesses(),
    mounts: lines(readFileSync("/proc/self/mountinfo", "utf8")).filter((line) => line.includes(inCluster())),
    links: lines(await ip("-oneline", "link")).filter((line) => clusterLink.test(line)),
    routes: routes.filter((line) => clusterLink.test(line) || clusterRule.test(line)),
    rules: rules.flatMap(({ stdout }) => lines(stdout).filter((line) => clusterRule.test(line))),
    groups: lines(
      (await execa("find", ["/sys/fs/cgroup", "-type", "d", "-path", `*${controlGroup}*`])).stdout,
    ),
    settings: ["vm/overcommit_memory", "kernel/panic", "kernel/panic_on_oops"].map((name) =>
      readFileSync(path.join("/proc/sys", name), "utf8"),
    ),
    files: ["/var/lib/kubelet", "/var/lib/cni/results", "/var/log/containers", "/run/kubernetes"].map(
      (folder) => [folder, entries(folder)],
    ),
    shimSockets: [...shimSockets].filter((socket) => existsSync(socket)),
    folder: existsSync(inCluster()),
  };
}

const kubectl = async (args: string[], input?: string): Promise<string> =>
  (await execa(await kubernetesBinary(), ["kubectl", "--kubeconfig", kubeconfig, ...args], { input })).stdout;

/** Waits for an answer of the service, as its pods may be on their way. */
async function answer(withinSeconds: number): Promise<number> {
  const limit = Date.now() + withinSeconds * 1000;
  for (;;) {
    try {
      return (await fetch(`${service}/busybox`, { method: "HEAD", signal: AbortSignal.timeout(1000) }))
        .status;
    } catch (error) {
      if (Date.now() > limit) throw error;
      await sleep(100);
    }
  }
}

const web = JSON.stringify({
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "web" } },
          spec: {
            containers: [
              {
                name: "web",
                image,
                readinessProbe: { httpGet: { path: "/busybox", port: 8080 }, periodSeconds: 1 },
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: {
        selector: { app: "web" },
        clusterIP: new URL(service).hostname,
        ports: [{ port: 80, targetPort: 8080 }],
      },
    },
  ],
});

/** Takes what the tests make. */
const folder = mkdtempSync(path.join(tmpdir(), "cluster-test-"));

/** A web server that serves its own program. */
async function pushImage(): Promise<void> {
  const [root, layout] = [path.join(folder, "root"), path.join(folder, "layout")];
  mkdirSync(root);
  copyFileSync("/bin/busybox", path.join(root, "busybox"));
  await writeImage(root, layout, { Env: [], Cmd: ["/busybox", "httpd", "-f", "-p", "8080", "-h", "/"] });
  const options = ["--insecure-policy", "--dest-tls-verify=false"];
  await execa("skopeo", ["copy", ...options, `oci:${layout}:latest`, `docker://${image}`]);
}

let wasUp: boolean;
let fenced: boolean;
let registryWasUp: boolean;
let before: Record<string, unknown>;

/** No other command changes the lab meanwhile. */
let lab: { release: () => void; released: Promise<void> };
const takeLab = (): Promise<typeof lab> =>
  new Promise((taken, failed) => {
    const released: Promise<void> = withLock(
      "lab",
      () =>
        new Promise((release) => {
          taken({ release, released });
        }),
    );
    released.catch(failed);
  });

beforeAll(async () => {
  lab = await takeLab();
  wasUp = existsSync(inCluster());
  fenced = (await ip("route", "show", "type", "unreachable")).includes("10.96.0.0/16");
  await down();
  if (!fenced) await closeFence(await outsideLinks());
  registryWasUp = await registryServes().catch(() => false);
  if (!registryWasUp) await startRegistry();
  await pushImage();
  await kubernetesBinary();
  before = await machine();
}, 1_800_000);

afterAll(async () => {
  await down();
  if (!registryWasUp) {
    await stopRegistry(0);
    rmSync(inLab("registry"), { recursive: true });
  }
  if (!fenced) await openFence();
  if (wasUp) await up();
  rmSync(folder, { recursive: true });
  lab.release();
  await lab.released;
}, 120_000);

test("it comes up Ready, and listens on loopback and the lab's own addresses alone", async () => {
  await up();
  expect(await kubectl(["get", "nodes", "--no-headers"])).toMatch(/^lab\s+Ready\s/);
  const pids = clusterProcesses();
  const sockets = lines((await execa("ss", ["-Hlntup"])).stdout).filter((line) =>
    pids.some((pid) => line.includes(`pid=${pid},`)),
  );
  const addresses = sockets.map((line) => line.split(/\s+/)[4]?.replace(/:\d+$/, ""));
  expect(addresses.length).toBeGreaterThan(7);
  expect([...new Set(addresses)].sort()).toEqual(["10.77.127.254", "127.0.0.1"]);
}, 120_000);

test("a deployment of an image of the lab's registry answers by its service's address", async () => {
  await kubectl(["apply", "-f", "-"], web);
  await kubectl(["rollout", "status", "deployment/web", "--timeout=60s"]);
  expect(await answer(5)).toBe(200);
  noteShimSockets();
  expect(shimSockets.size).toBe(2);
}, 90_000);

test("a pod reaches services, and nothing outside of the lab", async () => {
  const connect = (address: string, port: string): Promise<{ exitCode?: number; stderr: string }> =>
    kubernetesBinary().then((binary) =>
      execa(
        binary,
        ["kubectl", "--kubeconfig", kubeconfig, "exec", "deployment/web", "--"].concat([
          ...["/busybox", "nc", "-w", "2", address, port, "-e", "/busybox", "true"],
        ]),
        { reject: false },
      ),
    );
  expect(await connect("10.96.77.80", "80")).toMatchObject({ exitCode: 0 });
  // An address of TEST-NET-2, which nobody has.
  expect((await connect("198.51.100.1", "80")).stderr).toContain("Network is unreachable");
}, 30_000);

test("a second start changes nothing", async () => {
  const running = clusterProcesses();
  await up();
  expect(clusterProcesses()).toEqual(expect.arrayContaining(running));
}, 30_000);

test("a start mends what is broken", async () => {
  for (const part of ["kubelet", "kube-apiserver", "containerd"]) {
    process.kill(Number(readFileSync(inCluster(`${part}.pid`), "utf8").split(" ")[0]), "SIGKILL");
  }
  await ip("link", "del", bridges.pods);
  await ip("link", "del", bridges.node);
  expect(await status()).toMatchObject({ ready: false, daemons: { kubelet: false, etcd: true } });
  await up();
  expect(await status()).toMatchObject({ ready: true, daemons: { kubelet: true, etcd: true } });
  expect(await answer(30)).toBe(200);
  noteShimSockets();
}, 120_000);

test("it leaves nothing behind", async () => {
  await down();
  expect(await machine()).toEqual(before);
}, 60_000);

test.each([300, 1500, 4000])(
  "a start killed after %i ms leaves nothing behind either",
  async (milliseconds) => {
    const script = 'require("./register"); void require("./lab/kubernetes/cluster").up()';
    const child = execa("node", ["-e", script], { cwd: path.join(__dirname, "..", ".."), reject: false });
    // Its folder is the first thing that it makes.
    while (!existsSync(inCluster())) await sleep(20);
    await sleep(milliseconds);
    child.kill("SIGKILL");
    await child;
    await down();
    expect(await machine()).toEqual(before);
  },
  60_000,
);
