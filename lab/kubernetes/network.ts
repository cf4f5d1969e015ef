/** The cluster's bridges, routes and rules. The fence around all ranges of the lab is `lab/network.ts`. */
import { writeFile } from "node:fs/promises";
import { execa } from "execa";
import { bridges, nodeAddress, podGateway, podRange, podSubnet, serviceRange } from "./places";

type Argv = readonly [string, ...string[]];

const run = async ([program, ...args]: Argv): Promise<string> => (await execa(program, args)).stdout;

const succeeds = async ([program, ...args]: Argv): Promise<boolean> =>
  (await execa(program, args, { reject: false })).exitCode === 0;

/** Whatever lets the packets that stay between pods pass, where a docker engine has forbidden forwarding. */
const forwarding = (action: "-C" | "-I" | "-D"): Argv => [
  ...(["iptables", "-w", action, "FORWARD", "-i", bridges.pods, "-o", bridges.pods] as const),
  ...["-m", "comment", "--comment", "hms-lab", "-j", "ACCEPT"],
];

/** The commands that make a bridge with an address. The fixed hardware address keeps neighbours' caches right. */
export const makeBridge = (bridge: string, hardware: string, address: string): Argv[] => [
  ["ip", "link", "add", bridge, "address", hardware, "type", "bridge"],
  ["ip", "link", "set", bridge, "addrgenmode", "none"],
  ["ip", "addr", "add", address, "dev", bridge],
  ["ip", "link", "set", bridge, "up"],
];

/**
 * Makes what is missing of the cluster's network.
 * @returns whether the pods' bridge had to be made: pods of before hang on nothing then
 * @throws when the lab's fence is open
 */
export async function makeNetwork(): Promise<boolean> {
  await assertFenced();
  const [node, pods] = await Promise.all([
    hasAddress(bridges.node, nodeAddress),
    hasAddress(bridges.pods, podGateway),
  ]);
  if (!node) await remake(bridges.node, "02:00:0a:4d:7f:fe", `${nodeAddress}/32`);
  if (!pods)
    await remake(bridges.pods, "02:00:0a:4d:40:01", `${podGateway}/${podSubnet.split("/")[1] ?? ""}`);
  // A route by which packets get as far as kube-proxy's rules; what those don't redirect ends on the empty bridge.
  await run(["ip", "route", "replace", serviceRange, "dev", bridges.node, "metric", "10"]);
  // For this one bridge: the machine's own setting stays.
  await writeFile(`/proc/sys/net/ipv4/conf/${bridges.pods}/forwarding`, "1");
  if (!(await succeeds(forwarding("-C")))) await run(forwarding("-I"));
  return !pods;
}

async function remake(bridge: string, hardware: string, address: string): Promise<void> {
  await execa("ip", ["link", "del", bridge], { reject: false });
  for (const command of makeBridge(bridge, hardware, address)) await run(command);
}

async function hasAddress(bridge: string, address: string): Promise<boolean> {
  const { stdout, exitCode } = await execa("ip", ["-j", "addr", "show", "dev", bridge], { reject: false });
  if (exitCode !== 0) return false;
  const [link] = JSON.parse(stdout) as { flags: string[]; addr_info: { local: string }[] }[];
  return (link?.flags.includes("UP") && link.addr_info.some(({ local }) => local === address)) ?? false;
}

/** Without the fence, packets to a pod or service that is not there would leave the machine. */
async function assertFenced(): Promise<void> {
  for (const range of [serviceRange, podRange]) {
    if ((await run(["ip", "-j", "route", "show", "type", "unreachable", "exact", range])) === "[]") {
      throw new Error(
        `Packets to ${range} could leave this machine. Run "npm run lab -- up --kubernetes", which begins with the fence.`,
      );
    }
  }
}

/**
 * The input of `iptables-restore --noflush` that takes kube-proxy's chains out of one table, and the rules elsewhere
 * that lead to them; undefined when there are none.
 * @param saved - what `iptables-save -t TABLE` printed
 */
export function withoutProxyChains(saved: string): string | undefined {
  const lines = saved.split("\n");
  const chains = lines.flatMap((line) => /^:(KUBE-\S+)/.exec(line)?.[1] ?? []);
  if (chains.length === 0) return undefined;
  const jumps = lines.filter((line) => /^-A (?!KUBE-)\S+ .*-j KUBE-/.test(line));
  return [
    ...lines.filter((line) => line.startsWith("*")),
    ...jumps.map((rule) => rule.replace("-A", "-D")),
    // All are empty before the first goes: they lead to each other.
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    "COMMIT",
    "",
  ].join("\n");
}

const tables = ["filter", "nat", "mangle"] as const;

/** Whether kube-proxy's chains are there: the lab's, or those of a cluster that this machine belongs to. */
export async function hasProxyChains(): Promise<boolean> {
  const saved = await Promise.all(tables.map((table) => run(["iptables-save", "-t", table])));
  return saved.some((text) => withoutProxyChains(text) !== undefined);
}

/** Removes the cluster's network. Nothing happens where there is none. */
export async function removeNetwork(): Promise<void> {
  while (await succeeds(forwarding("-D")));
  for (const family of ["iptables", "ip6tables"]) {
    for (const table of tables) {
      const { stdout, exitCode } = await execa(`${family}-save`, ["-t", table], { reject: false });
      const input = exitCode === 0 ? withoutProxyChains(stdout) : undefined;
      if (input !== undefined) await execa(`${family}-restore`, ["--noflush", "--wait"], { input });
    }
  }
  // A pod's link would outlast its bridge for as long as the kernel takes to clear the pod's namespace.
  const { stdout } = await execa("ip", ["-j", "link", "show", "master", bridges.pods], { reject: false });
  for (const { ifname } of JSON.parse(stdout || "[]") as { ifname: string }[]) {
    await execa("ip", ["link", "del", ifname], { reject: false });
  }
  // Routes and addresses go with their bridge.
  for (const bridge of Object.values(bridges)) await execa("ip", ["link", "del", bridge], { reject: false });
}
