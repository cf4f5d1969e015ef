/** Proves that the lab's packets stay on this machine, by asking the kernel where it would send them. */
import { execa } from "execa";
import { hosts, ranges } from "./layout";
import { machineLinks } from "./machine";
import { addressIn } from "./network";

/** An address of TEST-NET-2, which nobody has: it stands for everything outside. */
const outside = "198.51.100.1";

/** What the kernel is asked for the way to: arguments of `ip route get`. */
const questions = [
  ...hosts.flatMap(({ address, gateway }) => [address, gateway]),
  // Both ends of each range, and one that nothing is at.
  ...Object.values(ranges).flatMap((range) => [1, -2, 4711].map((n) => addressIn(range, n))),
  ...[ranges.hosts, ranges.pods, ranges.containers].map(
    (range) => `${outside} from ${addressIn(range, 4711)} iif lo`,
  ),
];

/**
 * The first answer of `ip route get` that leads out.
 * @param answers - as printed, a line each; those refused are not among them
 * @param links - those that lead out
 */
export const leakIn = (answers: string, links: readonly string[]): string | undefined =>
  answers.split("\n").find((line) => links.includes(/ dev (\S+)/.exec(line)?.[1] ?? ""));

/**
 * Makes sure that no packet to or from an address of the lab would leave this machine.
 * @throws naming the address and the link that it would leave by
 */
export async function assertNothingLeaks(): Promise<void> {
  const input = questions.map((question) => `route get ${question}`).join("\n");
  // It fails for each that has no way, and goes on.
  const { stdout } = await execa("ip", ["-force", "-oneline", "-batch", "-"], { input, reject: false });
  const leak = leakIn(stdout, await machineLinks());
  if (leak === undefined) return;
  throw new Error(
    `A packet of the lab would leave this machine ("ip route get" says: ${leak.trim()}): something else here takes ` +
      `the lab's addresses. Run "npm run lab -- down", and look at what "ip rule" and "ip route" say then.`,
  );
}
