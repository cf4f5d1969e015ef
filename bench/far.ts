/** As `deploy`, with ten offices on lines of 100 Mbit/s, and an image of some 100 MB of which all is new. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../lab/layout";
import { type Bench, samples } from "./bench";
import { compared } from "./compared";
import { hms, newCommit, openLab } from "./lab";
import { fattenBase } from "../tests/lab/image-layers";
import { question, toRepository } from "../tests/lab/world";
import { closeOffices, officesStack, openOffices } from "./offices";
import { openSeed, seed } from "./seed-scripts";

/** Where the seed's scripts go, with the offices in the place of the lab's sites. */
const stacks = ["cloud", officesStack, "partners"].join(",");
const count = 10;
const kbitPerSecond = 100_000;
const ballastBytes = 60_000_000;

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  tell(`${count} offices, each on a line of 100 Mbit/s`);
  const offices = await openOffices(count, kbitPerSecond);
  try {
    await openSeed(offices);
    return await compared(
      {
        goal: 0.5,
        samples,
        unit: "seconds until ten offices answer, over those of the seed's scripts; an image of 100 MB, lines of 100 Mbit/s",
        title: "ten offices, 100 MB, 100 Mbit/s",
        ours: () => ship(offices),
        theirs: () => shipBySeed(offices),
      },
      tell,
    );
  } finally {
    await closeOffices(offices);
  }
};

async function ship(offices: readonly LabHost[]): Promise<number> {
  const { hash, version } = await commit();
  const began = performance.now();
  const run = hms("pipeline", "run", "--commit", hash, "--stacks", stacks);
  const [seconds] = await Promise.all([
    untilAllAnswer(offices, version).then(() => performance.now() - began),
    run,
  ]);
  return seconds / 1000;
}

async function shipBySeed(offices: readonly LabHost[]): Promise<number> {
  return seed("deploy", await commit(), offices);
}

/** A commit on a base that nobody has yet. */
async function commit() {
  await fattenBase(ballastBytes);
  const made = await newCommit();
  await toRepository();
  return made;
}

async function untilAllAnswer(offices: readonly LabHost[], version: string): Promise<void> {
  for (;;) {
    const answers = await Promise.all(
      offices.map(async ({ address }) => {
        const response = await fetch(`http://${address}:8080${question}`, {
          signal: AbortSignal.timeout(5_000),
        });
        return ((await response.json()) as { formula: string }).formula;
      }),
    ).catch(() => []);
    if (answers.length === offices.length && answers.every((answer) => answer === version)) return;
    await sleep(100);
  }
}
