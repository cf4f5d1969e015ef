/** From a push until every target answers with the new release, against the scripts that the pipeline took the place of. */
import { type Bench, samples } from "./bench";
import { compared } from "./compared";
import { newCommit, openLab, push } from "./lab";
import { toRepository } from "../tests/lab/world";
import { openSeed, seed } from "./seed-scripts";

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  await openSeed();
  await deployBySeed();
  return compared(
    {
      goal: 1,
      samples,
      unit: "seconds from a push until all targets answer, over those of the seed's scripts",
      title: "push → all targets live",
      ours: async () => push(await newCommit()),
      theirs: deployBySeed,
    },
    tell,
  );
};

async function deployBySeed(): Promise<number> {
  const commit = await newCommit();
  // The scripts begin where the commit is in the repository; the hook, which would start a run, is not asked.
  await toRepository("seed");
  return seed("deploy", commit);
}
