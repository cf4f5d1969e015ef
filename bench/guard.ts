/** How many answers a second the guard gives, and how long they take, measured by wrk. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { Body } from "../core/entry";
import { UserError } from "../core/errors";
import { median } from "../core/median";
import { createKey } from "../store/keys";
import { projectFolder } from "../store/project";
import { manyBodies, signerOf, writeTrail } from "../tests/pipeline/audit/long-trail";
import { type Bench, rounded } from "./bench";

const entries = 10_000;
/** What is promised, on one core. */
const goals = { perSecond: 5_000, p99Milliseconds: 5 };
const rounds = 5;
const roundSeconds = 3;

/** @see Bench */
export const bench: Bench = async (tell) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-bench-"));
  try {
    tell(`${entries} entries: writing and signing`);
    const [trail = "", keys = "", trusted] = ["trail", "keys", "keys/trusted"].map((name) =>
      path.join(folder, name),
    );
    createKey(keys, trusted);
    const signer = signerOf(path.join(keys, "signing.pem"));
    const stale: Body = {
      type: "run-finished",
      run: 1,
      exitCode: 3,
      targets: {
        "onprem/open": { state: "current", tag: "a" },
        "onprem/closed": { state: "stale", tag: "a", why: "unreachable: no route to host" },
      },
      stages: {},
    };
    writeTrail(trail, [...manyBodies(entries - 1), stale], () => signer);
    const routes = ["open", "closed"].map((name) => `  - { path: /${name}/, needs: [onprem/${name}] }`);
    fs.writeFileSync(
      path.join(folder, "guard.yml"),
      ["heartbeatSeconds: none", "routes:", ...routes, ""].join("\n"),
    );
    fs.writeFileSync(
      path.join(folder, "ask.lua"),
      // One in four is closed.
      'local n = 0\nrequest = function()\n  n = n + 1\n  local place = n % 4 == 0 and "/closed/x" or "/open/x"\n  return wrk.format("GET", "/guard/route", { ["X-Original-URI"] = place })\nend\n',
    );
    const env = { ...process.env, HMS_TRAIL: trail, HMS_KEYS: keys, HMS_HEADS: path.join(folder, "heads") };
    const guard = spawn(
      "taskset",
      ["--cpu-list", "0", process.execPath, "cli/hms.js", "guard", "serve"].concat([
        "--config",
        path.join(folder, "guard.yml"),
        "--listen",
        "127.0.0.1:0",
      ]),
      { cwd: projectFolder, env, stdio: ["ignore", "ignore", "pipe"] },
    );
    try {
      const url = await addressSaid(guard.stderr);
      await allRead(url);
      await ask(url, folder, 2);
      const results: Measured[] = [];
      const before = cpuSeconds(guard.pid);
      for (let round = 1; round <= rounds; round += 1) {
        results.push(await ask(url, folder, roundSeconds));
        tell(`round ${round} of ${rounds}: ${Math.round(results.at(-1)?.perSecond ?? 0)} a second`);
      }
      const perSecond = Math.round(median(results.map((each) => each.perSecond)) ?? NaN);
      const answers = results.reduce((sum, each) => sum + each.perSecond * roundSeconds, 0);
      const perCpuSecond = Math.round(answers / (cpuSeconds(guard.pid) - before));
      const p99Milliseconds = median(results.map((each) => each.p99Milliseconds)) ?? NaN;
      return {
        numbers: {
          ratio: rounded(Math.max(goals.perSecond / perSecond, p99Milliseconds / goals.p99Milliseconds)),
          goal: 1,
          samples: rounds,
          unit: "the worst of: promised over measured answers a second on one core; milliseconds of 99 in 100 over those promised",
          perSecond,
          perCpuSecond,
          p99Milliseconds,
          goals,
        },
        text: `${perSecond} answers a second on one core (${perCpuSecond} for each second that it had the core), 99 of 100 in ${p99Milliseconds.toFixed(1)} ms; promised: ${goals.perSecond}, ${goals.p99Milliseconds} ms`,
      };
    } finally {
      guard.kill("SIGKILL");
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
};

/** Seconds of the processor that a process has had: on a machine that has other work, too, it is less than the time that went by. */
function cpuSeconds(pid = 0): number {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

interface Measured {
  readonly perSecond: number;
  readonly p99Milliseconds: number;
}

/** One round of wrk, on another core than the guard's, over 8 connections that are kept, as a proxy has them. */
async function ask(url: string, folder: string, seconds: number): Promise<Measured> {
  const argv = [
    "--cpu-list",
    "1",
    "wrk",
    "-t1",
    "-c8",
    `-d${seconds}s`,
    "--latency",
    "-s",
    path.join(folder, "ask.lua"),
    url,
  ];
  const { stdout, failed } = await execa("taskset", argv, { reject: false });
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  const [, amount, unit = ""] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  if (failed || !(perSecond > 0) || amount === undefined) {
    throw new UserError("wrk did not measure. Install it (apt-get install wrk); two cores are needed.");
  }
  return {
    perSecond,
    p99Milliseconds: Number(amount) * { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"],
  };
}

async function addressSaid(stderr: NodeJS.ReadableStream): Promise<string> {
  let said = "";
  for await (const chunk of stderr) {
    said += String(chunk);
    const [, url] = /listening at (\S+)\n/.exec(said) ?? [];
    if (url !== undefined) {
      return url;
    }
  }
  throw new UserError(`The guard did not start: ${said.trim()}`);
}

async function allRead(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/guard/health`);
    if (((await response.json()) as { trail: string }).trail === "read") return;
  }
}
