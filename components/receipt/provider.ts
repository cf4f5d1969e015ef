/** Reads back what a target runs or holds, and writes it into the trail. */
import { isDeepStrictEqual } from "node:util";
import type { TargetId } from "../../core/entry";
import { differenceOf, isNoted } from "../../core/drift";
import { Refused, Unreachable } from "../../core/errors";
import { failureOf } from "../../core/outcome";
import { type Receipt, describe, isHealthy, isOf } from "../../core/receipt";
import type { Release } from "../../core/release";
import { type Probe, shouldBe } from "../../core/target";
import { ask } from "../../probe";
import { askSettled } from "../../probe/settled";
import { currentRun } from "../../store/project";
import { openTrail } from "../../store/trail";
import type { Provider } from "../dynamic/resource";

interface Args {
  readonly target: TargetId;
  readonly expected: Pick<Release, "tag" | "image" | "imageId" | "bundle">;
  readonly probe: Probe;
  readonly drift?: number;
}
type State = Args & { readonly receipt: Receipt; readonly says: string };

async function readBack(args: Args): Promise<State> {
  const { target, expected, probe } = args;
  const receipt = await askSettled(probe, expected).catch((error: unknown): never => {
    // Pulumi keeps the message alone: the word says which of the two it was.
    throw new Error(failureOf(error).why);
  });
  const says = describe(receipt);
  if (!isOf(receipt, expected) || !isHealthy(receipt)) {
    const word = isOf(receipt, expected) ? "unhealthy" : "refused";
    throw new Refused(`${word}: ${target} was given ${expected.tag}, and says: ${says}`);
  }
  openTrail().append({
    type: "receipt",
    target,
    tag: expected.tag,
    receipt,
    ...currentRun(),
  });
  return { ...args, receipt, says };
}

/** A refresh that finds a target changed says so in the trail: then the next update puts it right. */
function note({ target, expected, probe }: Args, receipt: Receipt): void {
  const trail = openTrail();
  const differs = differenceOf(receipt, shouldBe(probe, expected));
  if (differs !== undefined && !isNoted(trail.entries(), target, differs.found)) {
    trail.append({ type: "drift", target, tag: expected.tag, ...differs, receipt, ...currentRun() });
  }
}

/** The provider of receipts. */
export const provider: Provider<Args, State> = {
  create: async (args) => ({ id: args.target, outs: await readBack(args) }),
  read: async (id, state) => {
    if (state === undefined) {
      return {};
    }
    try {
      const receipt = await ask(state.probe);
      note(state, receipt);
      return { id, props: { ...state, receipt, says: describe(receipt) } };
    } catch (error) {
      if (error instanceof Unreachable) {
        // Nobody answers: what was known stays known.
        return { id, props: state };
      }
      throw error;
    }
  },
  diff: (_id, olds, news) =>
    Promise.resolve({
      changes:
        !isDeepStrictEqual(olds.expected, news.expected) ||
        !isOf(olds.receipt, news.expected) ||
        olds.drift !== news.drift,
      replaces: olds.target === news.target ? [] : ["target"],
    }),
  update: async (_id, _olds, news) => ({ outs: await readBack(news) }),
  delete: () => Promise.resolve(),
};
