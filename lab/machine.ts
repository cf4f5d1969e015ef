/**
 * What the machine was like before the lab came up, and how it becomes so again. Engines change settings and rules of
 * the kernel, and leave folders outside of their own; nobody but them knows when, so it is all noted before any starts.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { cleanFirewall, type Firewall, readFirewall } from "./firewall";
import { inLab, ownAddresses, ranges } from "./layout";
import { isWithin, labLinks, outsideLinks } from "./network";

/** What is noted. */
interface Facts {
  /** The machine's start that they belong to: none of it outlasts that. */
  readonly boot: string;
  /** The machine's own links: what leaves by one of them leaves the machine. */
  readonly links: readonly string[];
  /** Files below /proc/sys and their content. */
  readonly settings: Readonly<Record<string, string>>;
  readonly firewall: Firewall;
  /** Those of {@link places} that were not there. */
  readonly missing: readonly string[];
}

const factsFile = inLab("machine.json");

/** Settings that docker and CNI set. Kubernetes puts back those of its own. */
const settings = [
  "net/ipv4/ip_forward",
  "net/bridge/bridge-nf-call-iptables",
  "net/bridge/bridge-nf-call-ip6tables",
  "net/netfilter/nf_conntrack_max",
] as const;

/** The same for each link; the kernel changes several of them along with `ip_forward`. */
const linkSettings = ["forwarding", "route_localnet", "accept_redirects", "send_redirects", "rp_filter"];

/** Folders outside of the lab's that its programs make, whatever they are told; skopeo makes the last. */
const places = ["/run/netns", "/run/containerd", "/run/docker", "/var/lib/containers"] as const;

/** What skopeo remembers of registries: it can do without. */
const skopeoCache = "/var/lib/containers/cache";

const bootId = (): string => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

/** The facts of the machine's current start, if they are noted. */
function noted(): Facts | undefined {
  try {
    const facts = JSON.parse(readFileSync(factsFile, "utf8")) as Facts;
    return facts.boot === bootId() ? facts : undefined;
  } catch {
    return undefined;
  }
}

function readSettings(ownLinks: readonly string[]): Record<string, string> {
  const perLink = ["all", "default", "lo", ...ownLinks].flatMap((link) =>
    linkSettings.map((name) => `net/ipv4/conf/${link}/${name}`),
  );
  const found = [...settings, ...perLink].filter((name) => existsSync(`/proc/sys/${name}`));
  return Object.fromEntries(found.map((name) => [name, readFileSync(`/proc/sys/${name}`, "utf8").trim()]));
}

/** Notes what the machine is like, unless it is noted; before anything of the lab starts. */
export async function noteMachine(): Promise<void> {
  if (noted()) return;
  const outside = await outsideLinks();
  const facts: Facts = {
    boot: bootId(),
    links: outside,
    settings: readSettings(outside),
    firewall: await readFirewall(),
    missing: places.filter((place) => !existsSync(place)),
  };
  mkdirSync(path.dirname(factsFile), { recursive: true, mode: 0o755 });
  // By a rename, as a file that was cut short would be taken for no file, and what is then noted has the lab in it.
  writeFileSync(`${factsFile}.part`, JSON.stringify(facts, undefined, 2), { mode: 0o600 });
  renameSync(`${factsFile}.part`, factsFile);
}

/** The machine's own links. Before the lab is up, those that it has now. */
export const machineLinks = async (): Promise<readonly string[]> => noted()?.links ?? (await outsideLinks());

/**
 * Switches forwarding on for the lab's own links alone. The engines would do it for all, and docker would then, and
 * only then, have everybody's forwarded packets dropped, those of the pods too.
 */
export function allowForwarding(): void {
  const facts = noted();
  if (facts?.settings["net/ipv4/ip_forward"] !== "0") return;
  set("net/ipv4/ip_forward", "1");
  for (const link of facts.links) set(`net/ipv4/conf/${link}/forwarding`, "0");
}

function set(name: string, value: string): void {
  const file = `/proc/sys/${name}`;
  if (existsSync(file) && readFileSync(file, "utf8").trim() !== value) writeFileSync(file, value);
}

/** Whether a rule of iptables is about an address or a link of the lab. */
export function isLabsRule(rule: string, links: readonly string[]): boolean {
  const addresses = rule.match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
  if (addresses.some((each) => isWithin(ownAddresses, each) || isWithin(ranges.services, each))) return true;
  const named = [...rule.matchAll(/ -[io] (\S+)/g)].map(([, name]) => name ?? "");
  return named.some((name) => name.startsWith("hms-") || links.includes(name));
}

/** Makes the machine as it was noted, once nothing of the lab runs any more. Rules that others have added stay. */
export async function restoreMachine(): Promise<void> {
  const facts = noted();
  const labs = await labLinks();
  await cleanFirewall(facts?.firewall ?? { iptables: "", ip6tables: "" }, (rule) => isLabsRule(rule, labs));
  for (const link of labs) await execa("ip", ["link", "del", "dev", link], { reject: false });
  // `ip_forward` first, as it sets others along with it.
  for (const [name, value] of Object.entries(facts?.settings ?? {})) set(name, value);
  for (const place of facts?.missing ?? []) await clear(place);
}

/** Removes a folder that the lab's programs have made, unless somebody else keeps files there by now. */
async function clear(place: string): Promise<void> {
  if (!existsSync(place)) return;
  if (place === "/run/netns") {
    // `ip` has mounted it upon itself.
    if (readdirSync(place).length > 0) return;
    while ((await execa("umount", [place], { reject: false })).exitCode === 0);
  }
  if (skopeoCache.startsWith(`${place}/`)) rmSync(skopeoCache, { recursive: true, force: true });
  clearFolder(place);
}

/** Removes empty folders and sockets that nobody has open. Says whether the folder itself is gone. */
function clearFolder(folder: string): boolean {
  const open = readFileSync("/proc/net/unix", "utf8");
  const left = readdirSync(folder, { withFileTypes: true }).filter((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return !clearFolder(file);
    if (!entry.isSocket() || open.includes(` ${file}\n`)) return true;
    rmSync(file);
    return false;
  });
  if (left.length === 0) rmdirSync(folder);
  return left.length === 0;
}
