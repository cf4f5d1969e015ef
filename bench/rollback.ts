/** A rollback of all targets, against the bare commands that do it, all at once. */
import { execa } from "execa";
import { environment } from "../lab/main";
import { projectFolder } from "../store/project";
import { type Bench, samples } from "./bench";
import { compared } from "./compared";
import { type Commit, newCommit, openLab, push, stacks, untilLive } from "./lab";
import { toRepository } from "../tests/lab/world";
import { openSeed, seed } from "./seed-scripts";

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  await openSeed();
  let kept = await shipped();
  const [first, second] = [await shippedBySeed(), await shippedBySeed()];
  let sample = 0;
  return compared(
    {
      goal: 1.2,
      samples,
      unit: "seconds until all targets answer with the previous release, over those of the bare commands in parallel",
      title: "rollback of all targets",
      ours: async () => {
        const before = kept;
        await push(await newCommit());
        const seconds = await rollBack(before);
        kept = before;
        return seconds;
      },
      // There and back again: each time the other of the two.
      theirs: () => seed("rollback", (sample += 1) % 2 === 1 ? first : second),
    },
    tell,
  );
};

async function shipped(): Promise<Commit> {
  const commit = await newCommit();
  await push(commit);
  return commit;
}

async function shippedBySeed(): Promise<Commit> {
  const commit = await newCommit();
  await toRepository("seed");
  await seed("deploy", commit);
  return commit;
}

async function rollBack({ version }: Commit): Promise<number> {
  const env = { ...(await environment()), HMS_STACKS: stacks };
  const argv = ["cli/hms.js", "pipeline", "rollback", "--yes", "--reason", "bench"];
  return untilLive(version, execa("node", argv, { cwd: projectFolder, env, reject: false }));
}
