/** A run that changes nothing, against one inline `pulumi up` that changes nothing. */
import { environment } from "../lab/main";
import { update, openStack } from "../pipeline/stack";
import { type Bench, samples } from "./bench";
import { compared } from "./compared";
import { hms, newCommit, openLab, push } from "./lab";

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  Object.assign(process.env, await environment());
  const commit = await newCommit();
  await push(commit);
  const stack = await openStack("onprem");
  return compared(
    {
      // Four stacks for one, three of them previewed before, a commit checked and the trail signed.
      goal: 4,
      samples,
      unit: "seconds of a run over the same commit, over those of one inline `pulumi up` of one stack under the policy pack",
      title: "a run that changes nothing",
      ours: () => seconds(() => hms("pipeline", "run", "--commit", commit.hash)),
      theirs: () => seconds(() => update(stack, {})),
    },
    tell,
  );
};

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}
