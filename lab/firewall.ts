/**
 * Takes the lab's rules out of the machine's iptables again. The engines of the lab add theirs to the same tables as
 * everybody else, so what is not theirs stays, whether it was there before the lab or came while it was up.
 */
import { execa } from "execa";

interface Table {
  /** `:NAME POLICY [packets:bytes]`, by name; a chain of one's own has the policy `-`. */
  readonly chains: Map<string, string>;
  /** `-A CHAIN …` */
  readonly rules: string[];
}

/** Reads what `iptables-save` prints. */
function parse(text: string): Map<string, Table> {
  const tables = new Map<string, Table>();
  let table: Table = { chains: new Map(), rules: [] };
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) tables.set(line.slice(1), (table = { chains: new Map(), rules: [] }));
    else if (line.startsWith(":"))
      table.chains.set(line.slice(1).split(" ", 1)[0] ?? "", line.split(" ")[1] ?? "-");
    else if (line.startsWith("-")) table.rules.push(line);
  }
  return tables;
}

const chainOf = (rule: string): string => rule.split(" ")[1] ?? "";
const jumpOf = (rule: string): string => /(?:^| )-[jg] (\S+)/.exec(rule)?.[1] ?? "";

/**
 * Which of the chains are the lab's: those of docker, unless they hold a rule for an engine that the user has started
 * since. Kubernetes takes its own away.
 */
function labChains(rules: readonly string[], chains: readonly string[]): Set<string> {
  const docker = chains.filter((name) => /^DOCKER/.test(name));
  const within = rules.filter((rule) => docker.includes(chainOf(rule)) && !/^-A \S+ -j RETURN$/.test(rule));
  return new Set(within.every((rule) => docker.includes(jumpOf(rule))) ? docker : []);
}

/**
 * The text for `iptables-restore` that leaves the machine without the lab's rules, with a table named and left empty
 * where there was none before.
 * @param now - what `iptables-save` prints
 * @param before - what it printed before the lab came up
 * @param isLabs - whether a rule is about a link or an address of the lab
 * @returns nothing when no rule is the lab's
 */
export function withoutLab(
  now: string,
  before: string,
  isLabs: (rule: string) => boolean,
): string | undefined {
  const earlier = parse(before);
  const lines: string[] = [];
  for (const [name, { chains, rules }] of parse(now)) {
    const old = earlier.get(name);
    const kept = rules.filter((rule) => old?.rules.includes(rule) || !isLabs(rule));
    const ours = labChains(
      kept,
      [...chains.keys()].filter((chain) => !old?.chains.has(chain)),
    );
    const left = kept.filter((rule) => !ours.has(chainOf(rule)) && !ours.has(jumpOf(rule)));
    const policies = [...chains]
      .filter(([chain]) => !ours.has(chain))
      // Docker may have set this one, of all built-in chains.
      .map(([chain, policy]) => [chain, chain === "FORWARD" ? (old?.chains.get(chain) ?? policy) : policy]);
    const empty = left.length === 0 && policies.every(([, policy]) => policy === "ACCEPT");
    const declared =
      empty && !old ? [] : policies.map(([chain, policy]) => `:${chain ?? ""} ${policy ?? ""} [0:0]`);
    lines.push(`*${name}`, ...declared, ...left, "COMMIT");
  }
  const text = [...lines, ""].join("\n");
  const bare = (rules: string): string => rules.replaceAll(/^#.*\n|\[\d+:\d+\]|\n$/gm, "");
  return bare(text) === bare(now) ? undefined : text;
}

/** The programs for each IP version. */
const families = ["iptables", "ip6tables"] as const;

/** The rules of this machine, as the `-save` programs print them. */
export type Firewall = Readonly<Record<(typeof families)[number], string>>;

/** Reads this machine's rules. */
export async function readFirewall(): Promise<Firewall> {
  const [iptables, ip6tables] = await Promise.all(
    families.map(async (family) => (await execa(`${family}-save`)).stdout),
  );
  return { iptables: iptables ?? "", ip6tables: ip6tables ?? "" };
}

/** Takes the lab's rules out. `isLabs` as in {@link withoutLab}. */
export async function cleanFirewall(before: Firewall, isLabs: (rule: string) => boolean): Promise<void> {
  const now = await readFirewall();
  for (const family of families) {
    const input = withoutLab(now[family], before[family], isLabs);
    if (input !== undefined) await execa(`${family}-restore`, { input });
  }
}
