/**
 * The lab's network: its hosts, and the fence around them. A host's address that has lost its route would be taken to
 * the machine's default route, and something out there may even answer; so there are `unreachable` routes and rules
 * first, and the hosts' narrower routes win over them.
 */
import { rmSync } from "node:fs";
import { execa } from "execa";
import { type LabHost, namespaceOf, ownAddresses, ranges } from "./layout";
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

/** Runs several commands of `ip` at once, in a host's network or in this machine's. */
async function ipBatch(commands: readonly string[], host?: string): Promise<void> {
  const argv = ["ip", "-batch", "-"] as const;
  const [program, ...args] = host === undefined ? argv : inHost(host, ...argv);
  await execa(program, args, { input: commands.join("\n") });
}

/** Whether a command that only asks was successful. */
const succeeds = async ([program, ...args]: readonly [string, ...string[]]): Promise<boolean> =>
  (await execa(program, args, { reject: false })).exitCode === 0;

/** What a command of `ip -j` answers; nothing when it fails, as for a link that is not there. */
export async function ask<Answer>(argv: readonly [string, ...string[]]): Promise<Answer[]> {
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

/** Whether a link is the lab's. By name, too: one may have been left before it got its address. */
const isLabs = ({ ifname, addr_info = [] }: Link): boolean =>
  ifname.startsWith("hms-") || addr_info.some(({ local }) => isWithin(ownAddresses, local));

const links = async (): Promise<Link[]> =>
  (await ask<Link>(["ip", "-j", "addr", "show"])).filter(({ flags }) => !flags.includes("LOOPBACK"));

/** The links of the lab that this machine has. */
export const labLinks = async (): Promise<string[]> =>
  (await links()).filter(isLabs).map(({ ifname }) => ifname);

/** The machine's other links: those that lead out. */
export const outsideLinks = async (): Promise<string[]> =>
  (await links()).filter((link) => !isLabs(link)).map(({ ifname }) => ifname);

/**
 * Puts up the fence: before anything else of the lab.
 * @throws when the machine itself uses one of the lab's ranges
 */
export async function closeFence(outside: readonly string[]): Promise<void> {
  const wanted = Object.values(ranges);
  const routes = await ask<{ dev?: string; dst: string }>(["ip", "-j", "-4", "route", "show"]);
  const own = routes.find(
    ({ dev, dst }) =>
      dev !== undefined && outside.includes(dev) && wanted.some((range) => overlap(range, dst)),
  );
  if (own) {
    throw new Error(
      `The lab needs ${wanted.join(", ")}, and this machine reaches ${own.dst} by ${own.dev ?? ""}. ` +
        "Choose other ranges in lab/layout.ts.",
    );
  }
  await ipBatch(wanted.map((range) => `route replace unreachable ${range} metric ${metric}`));
  const rules = await fenceRulesNow();
  const missing = fenceRules(outside).filter((_, n) => !rules.includes(firstRule + n));
  await ipBatch(missing.map((rule) => `rule add ${rule.join(" ")}`));
}

/** The priorities of the fence's rules that are there. */
async function fenceRulesNow(): Promise<number[]> {
  const rules = await ask<{ priority: number }>(["ip", "-j", "rule", "show"]);
  return rules.map(({ priority }) => priority).filter((each) => each >= firstRule && each < firstRule + 99);
}

/** Takes the fence down: after everything else of the lab. */
export async function openFence(): Promise<void> {
  await ipBatch((await fenceRulesNow()).map((priority) => `rule del priority ${priority}`));
  for (const range of Object.values(ranges)) {
    await execa("ip", ["route", "del", "unreachable", range, "metric", metric], { reject: false });
  }
}

/** The names of the hosts that there are: also of those that are not the lab's own, as a bench's that was killed. */
export async function madeHosts(): Promise<string[]> {
  const prefix = namespaceOf("");
  const namespaces = await ask<{ readonly name: string }>(["ip", "-j", "netns", "list"]);
  return namespaces
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length));
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
  await ipBatch([
    `link add ${namespace} type veth peer name eth0 netns ${namespace}`,
    `link set ${namespace} addrgenmode none`,
    `addr add ${gateway}/30 dev ${namespace}`,
    `link set ${namespace} up`,
  ]);
  await ipBatch(["link set lo up", `addr add ${address}/30 dev eth0`, "link set eth0 up"], name);
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

const numberOf = (address: string): number =>
  address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** Whether an IPv4 address lies in a range such as `10.0.0.0/8`. */
export function isWithin(range: string, address: string): boolean {
  const [base = "", bits = "32"] = range.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}

/** Whether two ranges have an address in common. The default route is none that counts. */
export const overlap = (one: string, other: string): boolean =>
  other !== "default" &&
  (isWithin(one, other.split("/")[0] ?? "") || isWithin(other, one.split("/")[0] ?? ""));

/** The n-th address of a range; a negative number counts from its end. */
export function addressIn(range: string, n: number): string {
  const [base = "", bits = "32"] = range.split("/");
  const number = numberOf(base);
  const size = 2 ** (32 - Number(bits));
  const wanted = number + (((n % size) + size) % size);
  return [24, 16, 8, 0].map((shift) => Math.floor(wanted / 2 ** shift) % 256).join(".");
}
