/** What the harness breaks, and when: a list of moments that its seed decides alone. Pure. */
import { partners, sites } from "../../lab/layout";
import { randomOf } from "../compliance/corpus/random";

/** What is broken. */
export type Fault =
  /** `kill -9` of the pipeline's process; the engines that it started go on. */
  | { readonly kind: "pipeline" }
  /** The same of all that the run has started, as when the machine loses its power. */
  | { readonly kind: "machine" }
  /** `kill -9` of an engine (`pulumi`) of the run, with its plugins. */
  | { readonly kind: "engine" }
  /** `kill -9` of one of the plugins of the run. */
  | { readonly kind: "plugin" }
  /** `kill -9` of a site's sshd, with its sessions. */
  | { readonly kind: "sshd"; readonly at: string }
  /** `kill -9` of a partner's server. */
  | { readonly kind: "partner"; readonly at: string }
  /** `kill -9` of a site's docker engine; its containers are left to the next one. */
  | { readonly kind: "docker"; readonly at: string }
  /** The same with its containerd. */
  | { readonly kind: "containerd"; readonly at: string }
  /** A site is off the line. */
  | { readonly kind: "line"; readonly at: string }
  /** A site's disk is full. */
  | { readonly kind: "disk"; readonly at: string; readonly leftKilobytes: number };

/** Every kind of fault. */
export const kinds = [
  "pipeline",
  "machine",
  "engine",
  "plugin",
  "sshd",
  "partner",
  "docker",
  "containerd",
  "line",
  "disk",
] as const satisfies readonly Fault["kind"][];

/** One moment: what is under way, what breaks then, and what comes after it. */
export interface Moment {
  readonly number: number;
  /** What is under way. */
  readonly during: "run" | "rollback";
  /** When it breaks, as a share of the time that what is under way takes when nobody disturbs it. */
  readonly at: number;
  readonly fault: Fault;
  /** How long it stays broken, in seconds; undefined: until what was under way has ended. */
  readonly forSeconds?: number;
  /** What must put all right: the same command once more, or a run of another commit. */
  readonly then: "the same" | "another run";
}

/**
 * The moments of a seed. The first ones are the same, however many are asked for, and so each can be repeated: see
 * {@link chosen}. In each row of as many as there are kinds, there is every kind once.
 */
export function momentsOf(seed: number, count: number): Moment[] {
  const moments: Moment[] = [];
  let row: Fault["kind"][] = [];
  for (let number = 1; number <= count; number += 1) {
    // A seed of its own for each: what one needs of the numbers changes nothing in the others.
    const random = randomOf(seed * 1_000_003 + number);
    if (row.length === 0) row = [...kinds];
    const kind = random.pick(row);
    row = row.filter((each) => each !== kind);
    const heals = random.int(1, 3) === 1;
    moments.push({
      number,
      during: random.int(1, 3) === 1 ? "rollback" : "run",
      at: random.int(0, 1000) / 1000,
      fault: faultOf(kind, random),
      ...(heals && { forSeconds: random.int(1, 40) / 10 }),
      then: random.int(1, 4) === 1 ? "another run" : "the same",
    });
  }
  return moments;
}

/**
 * Those of the moments that somebody asks for: `7`, `3-5`, or several of these after commas.
 *
 * @throws when it is none of these, or none of the moments is among them
 */
export function chosen(moments: readonly Moment[], numbers: string): Moment[] {
  const ranges = numbers.split(",").map((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) throw new Error(`"${part}" is no moment: write 7, or 3-5, or 3-5,7.`);
    return { from: Number(from), to: Number(to ?? from) };
  });
  const found = moments.filter(({ number }) => ranges.some(({ from, to }) => number >= from && number <= to));
  if (found.length === 0) throw new Error(`There is no moment ${numbers} among ${String(moments.length)}.`);
  return found;
}

function faultOf(kind: Fault["kind"], random: ReturnType<typeof randomOf>): Fault {
  switch (kind) {
    case "pipeline":
    case "machine":
    case "engine":
    case "plugin":
      return { kind };
    case "partner":
      return { kind, at: random.pick(Object.keys(partners)) };
    case "disk":
      return { kind, at: random.pick(sites).name, leftKilobytes: random.pick([0, 16, 256, 2048, 16_384]) };
    default:
      return { kind, at: random.pick(sites).name };
  }
}

/** The sites whose service is cut off by a fault: nobody can promise an answer there meanwhile. */
export const cutsOff = (fault: Fault): string | undefined =>
  fault.kind === "line" || fault.kind === "docker" || fault.kind === "containerd" ? fault.at : undefined;

/** A moment as it is told. */
export function told({ number, during, at, fault, forSeconds, then }: Moment): string {
  const where = "at" in fault ? ` of ${fault.at}` : "";
  const how = fault.kind === "disk" ? ` (${String(fault.leftKilobytes)} KB left)` : "";
  const time = `${(at * 100).toFixed(1)} %`;
  const long = forSeconds === undefined ? "" : ` for ${String(forSeconds)} s`;
  return `#${String(number)} ${fault.kind}${where}${how}${long} at ${time} of a ${during}, then ${then}`;
}
