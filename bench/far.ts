/**
 * As `deploy`, with ten offices on lines of 100 Mbit/s, and an image of some 100 MB: a new formula on a base that the offices have, and
 * before that, once, the whole image.
 */
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
    await fattenBase(ballastBytes);
    const between = {
      goal: 0.5,
      ours: () => ship(offices),
      theirs: () => shipBySeed(offices),
    };
    const whole = await compared(
      {
        ...between,
        samples: 1,
        unit: "seconds until ten offices answer that had nothing of the image, over those of the seed's scripts",
        title: "the whole image for ten offices, once",
      },
      tell,
    );
    const { numbers, text } = await compared(
      {
        ...between,
        samples,
        unit: "seconds until ten offices answer with a new formula, over those of the seed's scripts; an image of 100 MB, lines of 100 Mbit/s",
        title: "a new formula for ten offices, 100 MB, 100 Mbit/s",
      },
      tell,
    );
    return { numbers: { ...numbers, whole: whole.numbers }, text: `${text}; ${whole.text}` };
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

async function commit() {
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
