/**
 * Lines as field offices have them: thin, slow, lossy, cut off, silent. All of it is at the site's own end of its link, so that
 * nothing else of the lab feels it; only what goes to the site is also held back at this machine's end.
 */
import { execa } from "execa";
import { start } from "./daemon";
import { folderOf, type LabHost, namespaceOf } from "./layout";
import { inHost } from "./network";
import { toxiproxyBinary } from "./toolchain/toxiproxy";

/** What is wrong with a line. */
export interface BadLine {
  /** @default as fast as the machine is */
  readonly kbitPerSecond?: number;
  /** On the way there, and again on the way back. @default 0 */
  readonly delayMilliseconds?: number;
  /** Packets that are lost, each way. @default 0 */
  readonly lossPercent?: number;
  /** Each connection is cut once so many bytes have come to the site. @default never */
  readonly cutAfterBytes?: number;
}

/** Where Toxiproxy takes connections for the site's sshd, and where it is told what to do to them. */
const detour = 2022;
const control = 8474;

/** The chain of the rules of bad lines, so that they can be taken away. */
const chain = "HMS-LINE";

/** Makes a site's line a bad one. What it was before is forgotten. Connections that are open go over a bad line, too, or end. */
export async function spoil(site: LabHost, line: BadLine): Promise<void> {
  await mend(site);
  const { kbitPerSecond, delayMilliseconds, lossPercent, cutAfterBytes } = line;
  if (delayMilliseconds !== undefined || cutAfterBytes !== undefined) {
    await startDetour(site);
    for (const stream of ["upstream", "downstream"]) {
      if (delayMilliseconds !== undefined) {
        await addToxic(site, { type: "latency", stream, attributes: { latency: delayMilliseconds } });
      }
    }
    if (cutAfterBytes !== undefined) {
      await addToxic(site, { type: "limit_data", stream: "upstream", attributes: { bytes: cutAfterBytes } });
    }
    await addRule(site, "nat", "PREROUTING", [
      "--dport",
      "22",
      "-j",
      "REDIRECT",
      "--to-ports",
      String(detour),
    ]);
  }
  if (lossPercent !== undefined) {
    const lose = [
      "-m",
      "statistic",
      "--mode",
      "random",
      "--probability",
      String(lossPercent / 100),
      "-j",
      "DROP",
    ];
    await addRule(site, "filter", "INPUT", lose);
    await addRule(site, "filter", "OUTPUT", lose);
  }
  if (kbitPerSecond !== undefined) {
    const rate = ["root", "tbf", "rate", `${String(kbitPerSecond)}kbit`, "burst", "8kb", "latency", "200ms"];
    await run(["tc", "qdisc", "replace", "dev", namespaceOf(site.name), ...rate]);
    await run(inHost(site.name, "tc", "qdisc", "replace", "dev", "eth0", ...rate));
  }
}

/** Lets nothing through any more: connections stay open, and nobody hears anything. */
export async function silence(site: LabHost): Promise<void> {
  await addRule(site, "filter", "INPUT", ["-j", "DROP"]);
  await addRule(site, "filter", "OUTPUT", ["-j", "DROP"]);
}

/** Makes a site's line a good one again. */
export async function mend(site: LabHost): Promise<void> {
  for (const [table, hook] of [
    ["nat", "PREROUTING"],
    ["filter", "INPUT"],
    ["filter", "OUTPUT"],
  ] as const) {
    const at = ["iptables", "-w", "-t", table] as const;
    const name = `${chain}-${hook}`;
    while (await succeeds(inHost(site.name, ...at, "-D", hook, "-p", "tcp", "-j", name)));
    await succeeds(inHost(site.name, ...at, "-F", name));
    await succeeds(inHost(site.name, ...at, "-X", name));
  }
  await succeeds(["tc", "qdisc", "del", "dev", namespaceOf(site.name), "root"]);
  await succeeds(inHost(site.name, "tc", "qdisc", "del", "dev", "eth0", "root"));
  // Connections that are open stay; the next ones go straight.
  await fetch(`http://${site.address}:${String(control)}/reset`, { method: "POST" }).catch(() => undefined);
}

/** Bytes that have come to and gone from a site: by its own link, or inside, from the bad line's far end to the server. */
export async function bytesAt(site: LabHost, link: "eth0" | "lo"): Promise<{ in: number; out: number }> {
  const [program, ...args] = inHost(site.name, "ip", "-j", "-s", "link", "show", "dev", link);
  const { stdout } = await execa(program, args);
  const [found] = JSON.parse(stdout) as { stats64: { rx: { bytes: number }; tx: { bytes: number } } }[];
  return { in: found?.stats64.rx.bytes ?? 0, out: found?.stats64.tx.bytes ?? 0 };
}

/** Starts Toxiproxy in the site's network, with a way through it to the site's sshd. */
async function startDetour(site: LabHost): Promise<void> {
  const { address, name } = site;
  await start({
    name: "toxiproxy",
    folder: folderOf(name),
    host: name,
    command: [await toxiproxyBinary(), "-host", address, "-port", String(control)],
    ready: async () => (await fetch(`http://${address}:${String(control)}/version`)).ok,
  });
  await ask(site, "DELETE", "/proxies/ssh").catch(() => undefined);
  await ask(site, "POST", "/proxies", {
    name: "ssh",
    listen: `${address}:${String(detour)}`,
    upstream: `${address}:22`,
    enabled: true,
  });
}

async function addToxic(site: LabHost, toxic: Record<string, unknown>): Promise<void> {
  await ask(site, "POST", "/proxies/ssh/toxics", toxic);
}

async function ask(site: LabHost, method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`http://${site.address}:${String(control)}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) {
    throw new Error(`Toxiproxy of ${site.name}: ${method} ${path}: ${await response.text()}`);
  }
}

/** Adds a rule on the site's link, for all of TCP but the talk with Toxiproxy. */
async function addRule(site: LabHost, table: string, hook: string, rule: readonly string[]): Promise<void> {
  const at = ["iptables", "-w", "-t", table] as const;
  const name = `${chain}-${hook}`;
  if (await succeeds(inHost(site.name, ...at, "-N", name))) {
    await run(inHost(site.name, ...at, "-I", hook, "-p", "tcp", "-j", name));
    for (const port of ["--dport", "--sport"]) {
      await run(inHost(site.name, ...at, "-A", name, "-p", "tcp", port, String(control), "-j", "RETURN"));
    }
  }
  const way = hook === "OUTPUT" ? "-o" : "-i";
  await run(inHost(site.name, ...at, "-A", name, "-p", "tcp", way, "eth0", ...rule));
}

async function run([program, ...args]: readonly [string, ...string[]]): Promise<void> {
  await execa(program, args);
}

async function succeeds([program, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  return (await execa(program, args, { reject: false })).exitCode === 0;
}
