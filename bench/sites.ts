/** The update of many sites, against Ansible that copies the same bytes and runs the same activation, with as many forks. */
import os from "node:os";
import { execa } from "execa";
import { UserError } from "../core/errors";
import { median } from "../core/median";
import type { LabHost } from "../lab/layout";
import { environment } from "../lab/main";
import type { RunResult } from "../pipeline/run";
import { projectFolder } from "../store/project";
import { playbookOf } from "./ansible";
import { type Bench, rounded, samples } from "./bench";
import { hms, newCommit, openLab } from "./lab";
import { newestRelease } from "../tests/lab/image-layers";
import { toRepository } from "../tests/lab/world";
import { peakMegabytes } from "./memory";
import { closeOffices, mostOffices, officesStack, openOffices } from "./offices";

/** How many sites. More need more memory than most machines have: each has a docker engine of its own, and two containers. */
const counts = (process.env["HMS_BENCH_SITES"] ?? "1,10,30").split(",").map(Number);

/** As many as Pulumi has at once, unless it is told otherwise. */
const forks = 4 * os.availableParallelism();

interface Measured {
  readonly seconds: number;
  readonly megabytes: number;
}

/** @see Bench */
export const bench: Bench = async (tell) => {
  if (counts.some((count) => !(count >= 1 && count <= mostOffices))) {
    throw new UserError(`HMS_BENCH_SITES takes numbers from 1 to ${mostOffices}, as in 1,10,30.`);
  }
  await openLab(tell);
  const sizes: Record<string, unknown> = {};
  let last = { ratio: NaN, text: "" };
  for (const count of counts) {
    tell(`${count} sites: up`);
    const offices = await openOffices(count);
    try {
      await ours(offices);
      const [ourWay, ansible]: [Measured[], Measured[]] = [[], []];
      for (let sample = 1; sample <= samples; sample += 1) {
        ourWay.push(await ours(offices));
        ansible.push(await byAnsible(offices));
        tell(
          `${count} sites, ${sample} of ${samples}: ${describe(ourWay.at(-1))}; Ansible ${describe(ansible.at(-1))}`,
        );
      }
      const [our, their] = [medianOf(ourWay), medianOf(ansible)];
      const ratio = rounded(our.seconds / their.seconds);
      sizes[count] = { ratio, ...our, ansible: their };
      last = {
        ratio,
        text: `${count} sites: ${describe(our)}; Ansible ${describe(their)}: ratio ${ratio.toFixed(2)}, goal 1`,
      };
    } finally {
      await closeOffices(offices);
    }
  }
  return {
    numbers: {
      ratio: last.ratio,
      goal: 1,
      samples,
      unit: `seconds to update the most sites, over those of Ansible with the same ${forks} forks`,
      forks,
      sizes,
    },
    text: last.text,
  };
};

const describe = (measured?: Measured): string =>
  `${(measured?.seconds ?? NaN).toFixed(1)} s and ${measured?.megabytes ?? NaN} MB`;

const medianOf = (all: readonly Measured[]): Measured => ({
  seconds: rounded(median(all.map(({ seconds }) => seconds)) ?? NaN),
  megabytes: median(all.map(({ megabytes }) => megabytes)) ?? NaN,
});

/** A new release for all of them; counted is what a run calls its update, after the checks, the build and the previews. */
async function ours(offices: readonly LabHost[]): Promise<Measured> {
  const { hash } = await newCommit();
  await toRepository();
  const argv = ["cli/hms.js", "pipeline", "run", "--commit", hash, "--stacks", officesStack, "--json"];
  const run = execa("node", argv, { cwd: projectFolder, env: await environment(), reject: false });
  const megabytes = await peakMegabytes(run.pid, run);
  const { stdout, stderr } = await run;
  const { exitCode, stages, targets } = JSON.parse(stdout) as RunResult;
  if (exitCode !== 0 || Object.keys(targets).length !== offices.length)
    throw new Error(`the run failed: ${stderr}`);
  return { seconds: stages["update"] ?? NaN, megabytes };
}

/** A release that is built, and shipped by Ansible. */
async function byAnsible(offices: readonly LabHost[]): Promise<Measured> {
  const has = newestRelease();
  const { hash } = await newCommit();
  await toRepository();
  await hms("pipeline", "run", "--commit", hash, "--stacks", "partners");
  const { argv, env } = await playbookOf(newestRelease(), has, offices, forks);
  const [program = "", ...args] = argv;
  const began = performance.now();
  const run = execa(program, args, { env, all: true, reject: false });
  const megabytes = await peakMegabytes(run.pid, run);
  const { failed, all } = await run;
  if (failed) throw new Error(`Ansible failed: ${all}`);
  return { seconds: (performance.now() - began) / 1000, megabytes };
}
