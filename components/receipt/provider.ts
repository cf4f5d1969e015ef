/** Reads back what a target runs or holds, and writes it into the trail. */
import { isDeepStrictEqual } from "node:util";
import type { TargetId } from "../../core/entry";
import { Refused, Unreachable, messageOf } from "../../core/errors";
import { type Receipt, describe, isHealthy, isOf } from "../../core/receipt";
import type { Release } from "../../core/release";
import type { Probe } from "../../core/target";
import { ask } from "../../probe";
import { askSettled } from "../../probe/settled";
import { currentRun, trailFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import type { Provider } from "../dynamic/resource";

interface Args {
  readonly target: TargetId;
  readonly expected: Pick<Release, "tag" | "image" | "imageId" | "bundle">;
  readonly probe: Probe;
}
type State = Args & { readonly receipt: Receipt; readonly says: string };

async function readBack({ target, expected, probe }: Args): Promise<State> {
  const receipt = await askSettled(probe, expected).catch((error: unknown): never => {
    // Pulumi keeps the message alone: the word says which of the two it was.
    throw new Error(`${error instanceof Unreachable ? "unreachable" : "refused"}: ${messageOf(error)}`);
  });
  const says = describe(receipt);
  if (!isOf(receipt, expected) || !isHealthy(receipt)) {
    throw new Refused(`refused: ${target} was given ${expected.tag}, and says: ${says}`);
  }
  directoryTrail(trailFolder()).append({
    type: "receipt",
    target,
    tag: expected.tag,
    receipt,
    ...currentRun(),
  });
  return { target, expected, probe, receipt, says };
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
      changes: !isDeepStrictEqual(olds.expected, news.expected) || !isOf(olds.receipt, news.expected),
      replaces: olds.target === news.target ? [] : ["target"],
    }),
  update: async (_id, _olds, news) => ({ outs: await readBack(news) }),
  delete: () => Promise.resolve(),
};
