/**
 * The lab's network: its hosts, and the fence around them. A host's address that has lost its route would be taken to
 * the machine's default route, and something out there may even answer; so there are `unreachable` routes and rules
 * first, and the hosts' narrower routes win over them.
 */
import { rmSync } from "node:fs";
import { execa } from "execa";
import { hosts, type LabHost, namespaceOf, ownAddresses, ranges } from "./layout";
import { killAllIn } from "./processes";

/** Well above that of any route that a link brings, so that those win. */
const metric = "1000";

/** The rules' place: after the machine's own addresses, before everybody else's rules. */
const firstRule = 7701;

/** A line of `ip -j link show`, as far as it is needed. */
interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** The program and arguments that run a command in a host's network. */
export const inHost = (name: string, ...argv: string[]): [string, ...string[]] => [
  "nsenter",
  `--net=/run/netns/${namespaceOf(name)}`,
  ...argv,
];

async function run([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  return (await execa(program, args)).stdout;
}

/** Whether a command that only asks was successful. */
const succeeds = async ([program, ...args]: readonly [string, ...string[]]): Promise<boolean> =>
  (await execa(program, args, { reject: false })).exitCode === 0;

/** What a command of `ip -j` answers; nothing when it fails, as for a link that is not there. */
async function ask<Answer>(argv: readonly [string, ...string[]]): Promise<Answer[]> {
  const [program, ...args] = argv;
  const { stdout, exitCode } = await execa(program, args, { reject: false });
  return exitCode === 0 && stdout !== "" ? (JSON.parse(stdout) as Answer[]) : [];
}

/**
 * The rules that keep packets of the lab's addresses inside, and those of strangers out, whatever is in the routing
 * tables: the lab's containers have a default route by their engine, and forwarding is on.
 * @param outside - the machine's own links
 */
export function fenceRules(outside: readonly string[]): string[][] {
  const bodies = [
    ["from", ownAddresses, "to", ownAddresses, "lookup", "main"],
    ["from", ownAddresses, "to", ranges.services, "lookup", "main"],
    ["from", ownAddresses, "unreachable"],
    ...outside.map((link) => ["iif", link, "to", ownAddresses, "blackhole"]),
  ];
  return bodies.map((body, n) => ["priority", String(firstRule + n), ...body]);
}

/** The machine's links that are not the lab's: those that lead out. To be asked before the lab makes its own. */
export async function outsideLinks(): Promise<string[]> {
  const links = await ask<Link>(["ip", "-j", "link", "show"]);
  return links.filter(({ flags }) => !flags.includes("LOOPBACK")).map(({ ifname }) => ifname);
}

/**
 * Puts up the fence: before anything else of the lab.
 * @throws when the machine itself uses one of the lab's ranges
 */
export async function closeFence(outside: readonly string[]): Promise<void> {
  for (const range of Object.values(ranges)) {
    const others = (
      await ask<{ dev?: string; dst: string }>(["ip", "-j", "route", "show", "root", range])
    ).filter(({ dev }) => dev !== undefined && outside.includes(dev));
    if (others[0]) {
      throw new Error(
        `The lab needs ${range}, which this machine reaches by ${others[0].dev ?? ""} (${others[0].dst}). ` +
          "Choose other ranges in lab/layout.ts.",
      );
    }
    await run(["ip", "route", "replace", "unreachable", range, "metric", metric]);
  }
  for (const rule of fenceRules(outside)) {
    // One that is there already is refused as such.
    const { exitCode, stderr } = await execa("ip", ["rule", "add", ...rule], { reject: false });
    if (exitCode !== 0 && !stderr.includes("File exists"))
      throw new Error(`ip rule add ${rule.join(" ")}: ${stderr}`);
  }
}

/** Takes the fence down: after everything else of the lab. */
export async function openFence(): Promise<void> {
  const rules = await ask<{ priority: number }>(["ip", "-j", "rule", "show"]);
  for (const { priority } of rules) {
    if (priority >= firstRule && priority < firstRule + 50)
      await run(["ip", "rule", "del", "priority", String(priority)]);
  }
  for (const range of Object.values(ranges)) {
    await execa("ip", ["route", "del", "unreachable", range, "metric", metric], { reject: false });
  }
}

/** How a host's network is: `down` when its link is. */
export async function hostState({ name, address, gateway }: LabHost): Promise<"up" | "down" | "missing"> {
  const [[inner], [outer]] = await Promise.all([
    ask<Link>(inHost(name, "ip", "-j", "addr", "show", "dev", "eth0")),
    ask<Link>(["ip", "-j", "addr", "show", "dev", namespaceOf(name)]),
  ]);
  const has = (link: Link | undefined, wanted: string): boolean =>
    link?.addr_info?.some(({ local, prefixlen }) => local === wanted && prefixlen === 30) ?? false;
  if (!has(inner, address) || !has(outer, gateway)) return "missing";
  return inner?.flags.includes("UP") && outer?.flags.includes("UP") ? "up" : "down";
}

/** Makes a host's namespace and link; mends what is broken of them, and leaves alone what is not. */
export async function makeHost(host: LabHost): Promise<void> {
  const { name, address, gateway } = host;
  const namespace = namespaceOf(name);
  const state = await hostState(host);
  if (state === "down") await link(name, "up");
  if (state !== "missing") return;
  if (!(await succeeds(inHost(name, "true")))) {
    // What is left of one that was cut short while it was made is a plain file.
    if (!(await succeeds(["ip", "netns", "del", namespace])))
      rmSync(`/run/netns/${namespace}`, { force: true });
    await run(["ip", "netns", "add", namespace]);
  }
  // The other end goes with it, wherever that is.
  if (await succeeds(["ip", "link", "show", "dev", namespace])) await run(["ip", "link", "del", namespace]);
  // The lab speaks IPv4 alone, so that there is one fence to look after.
  await run(
    inHost(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"),
  );
  await run(["ip", "link", "add", namespace, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
  await run(["ip", "link", "set", namespace, "addrgenmode", "none"]);
  await run(["ip", "addr", "add", `${gateway}/30`, "dev", namespace]);
  await run(["ip", "link", "set", namespace, "up"]);
  await run(inHost(name, "ip", "link", "set", "lo", "up"));
  await run(inHost(name, "ip", "addr", "add", `${address}/30`, "dev", "eth0"));
  await run(inHost(name, "ip", "link", "set", "eth0", "up"));
}

/** Removes a host's network, with every process in it. */
export async function removeHost(name: string): Promise<void> {
  const namespace = namespaceOf(name);
  const pids = await execa("ip", ["netns", "pids", namespace], { reject: false });
  await killAllIn(pids.stdout.split(/\s+/).filter(Boolean).map(Number));
  await execa("ip", ["link", "del", namespace], { reject: false });
  await execa("ip", ["netns", "del", namespace], { reject: false });
  rmSync(`/run/netns/${namespace}`, { force: true });
}

/**
 * Takes a host off the line, or back: at the host's own end, so that this machine's route to it stays. To a host that
 * is off the line a connection fails after some 3 s with "no route to host".
 */
export async function link(name: string, state: "up" | "down"): Promise<void> {
  await run(inHost(name, "ip", "link", "set", "dev", "eth0", state));
  // Without neighbours' entries of before, which would delay the first packets by a second or more.
  if (state === "up") {
    await run(["ip", "link", "set", "dev", namespaceOf(name), "up"]);
    await run(["ip", "neigh", "flush", "dev", namespaceOf(name)]);
  }
}

/** An address within a range, such as the second of it. */
export function addressIn(range: string, n: number): string {
  const [base = "", bits = "32"] = range.split("/");
  const number = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const wanted = number + (((n % size) + size) % size);
  return [24, 16, 8, 0].map((shift) => Math.floor(wanted / 2 ** shift) % 256).join(".");
}

/**
 * Makes sure that no packet to or from an address of the lab would leave this machine.
 * @param outside - the machine's own links
 * @throws naming the address and the link it would leave by
 */
export async function assertNothingLeaks(outside: readonly string[]): Promise<void> {
  const samples = [
    ...hosts.flatMap(({ address, gateway }) => [address, gateway]),
    // Both ends of each range, and one that nothing is at.
    ...Object.values(ranges).flatMap((range) => [
      addressIn(range, 1),
      addressIn(range, -2),
      addressIn(range, 4711),
    ]),
  ];
  const exits = await Promise.all([
    ...samples.map(async (address) => ({ what: `to ${address}`, dev: await exitOf(address) })),
    // TEST-NET-2, which nobody has: stands for everything outside.
    ...Object.values(ranges)
      .slice(0, 3)
      .map(async (range) => {
        const from = addressIn(range, 4711);
        return { what: `from ${from}`, dev: await exitOf("198.51.100.1", "from", from, "iif", "lo") };
      }),
  ]);
  const leak = exits.find(({ dev }) => dev !== undefined && outside.includes(dev));
  if (leak) {
    throw new Error(
      `A packet ${leak.what} would leave this machine by ${leak.dev ?? ""}. Run "npm run lab -- down", then look at "ip rule" ` +
        'and "ip route": something else on this machine takes the lab\'s addresses.',
    );
  }
}

async function exitOf(...args: string[]): Promise<string | undefined> {
  return (await ask<{ dev?: string }>(["ip", "-j", "route", "get", ...args]))[0]?.dev;
}
