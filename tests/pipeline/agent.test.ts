import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { agent, type AgentOptions } from "../../pipeline/agent";
import type { Taken } from "../../pipeline/queue";
import { lastBeat } from "../../store/heartbeat";
import { isHeld, tryLease } from "../../store/lease";
import { enqueue, queueFolder, requests, settle } from "../../store/queue";

beforeEach(() => {
  process.env["HMS_TRAIL"] = fs.mkdtempSync(path.join(os.tmpdir(), "hms-agent-"));
});

const ran = { kind: "ran", result: { run: 1 } } as Taken;
const soon = { lookMilliseconds: 5, retryMilliseconds: 5 };

/** An agent whose runs take what waits, and are noted. */
function started(more: Partial<AgentOptions> & { readonly run?: (commits: string[]) => Promise<void> } = {}) {
  const ending = new AbortController();
  const runs: string[][] = [];
  const said: string[] = [];
  const take = async (): Promise<Taken> => {
    const batch = requests();
    if (batch.length === 0) return { kind: "nothing" };
    const commits = batch.map(({ commit }) => commit);
    await more.run?.(commits);
    runs.push(commits);
    settle(batch.map(({ id }) => id));
    return ran;
  };
  const onLine = ({ text }: { text: string }): number => said.push(text);
  const done = agent({ ...soon, signal: ending.signal, onLine, take, ...more });
  return {
    done,
    runs,
    said,
    end: () => {
      ending.abort();
    },
  };
}

const until = async (isSo: () => boolean): Promise<void> => {
  for (const end = Date.now() + 5_000; !isSo();) {
    if (Date.now() > end) throw new Error("it did not come");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test("it takes what comes until it is told to end, and its queue is its own", async () => {
  const working = started();
  enqueue({ commit: "a" });
  await until(() => working.runs.length === 1);
  expect(isHeld(queueFolder())).toBe(true);
  enqueue({ commit: "b" });
  await until(() => working.runs.length === 2);
  working.end();
  await working.done;
  expect([working.runs, isHeld(queueFolder())]).toEqual([[["a"], ["b"]], false]);
});

test("told to end in the middle of a run, it ends that first, and begins no other", async () => {
  let finish = (): void => undefined;
  const working = started({
    run: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  });
  enqueue({ commit: "a" });
  await until(() => finish.length === 1);
  working.end();
  enqueue({ commit: "b" });
  finish();
  await working.done;
  expect([working.runs, requests().length]).toEqual([[["a"]], 1]);
});

test("once, it ends when nothing is due; where another takes it ends at once, and the other gets what came last", async () => {
  enqueue({ commit: "a" });
  const first = started({
    once: true,
    run: async ([commit]) => {
      if (commit !== "a") return;
      enqueue({ commit: "b" });
      const second = started({ once: true });
      await second.done;
      expect([second.runs, second.said]).toEqual([
        [],
        [expect.stringMatching(/^another takes from the queue: pid /)],
      ]);
    },
  });
  await first.done;
  // What the run that was on has settled it has taken; what came meanwhile is another run's.
  expect(first.runs.flat()).toEqual(["a", "b"]);
});

test("once, what comes between the last look and the end is not left to nobody", async () => {
  const took: number[] = [];
  const take = (): Promise<Taken> => {
    took.push(requests().length);
    if (took.length === 1) {
      // Whoever pushes now finds the queue taken care of, and starts nobody.
      enqueue({ commit: "late" });
      return Promise.resolve({ kind: "nothing" });
    }
    settle(requests().map(({ id }) => id));
    return Promise.resolve({ kind: "nothing" });
  };
  const { signal } = new AbortController();
  await agent({ ...soon, once: true, signal, onLine: () => undefined, take });
  expect([took, requests()]).toEqual([[0, 1], []]);
});

test("what breaks off is kept and tried again; once, not without end", async () => {
  let breaks = 2;
  const broken = (): Promise<void> =>
    breaks-- > 0 ? Promise.reject(new Error("no engine.")) : Promise.resolve();
  enqueue({ commit: "a" });
  const working = started({ once: true, run: broken });
  await working.done;
  expect([working.runs, working.said.filter((text) => text.startsWith("no engine."))]).toEqual([
    [["a"]],
    Array(2).fill("no engine. What waits is kept, and tried again."),
  ]);
  breaks = 9;
  enqueue({ commit: "b" });
  await expect(started({ once: true, run: broken }).done).rejects.toThrow("no engine.");
  expect([requests().length, isHeld(queueFolder())]).toEqual([1, false]);
});

test("it waits for whoever takes before it, and beats meanwhile", async () => {
  const lease = tryLease(queueFolder());
  if (typeof lease === "string") throw new Error(lease);
  const before = Date.now();
  expect(lastBeat()).toBeUndefined();
  const working = started({});
  enqueue({ commit: "a" });
  await until(() => working.said.length > 0);
  expect([working.runs, (lastBeat() ?? 0) >= before]).toEqual([[], true]);
  lease.release();
  await until(() => working.runs.length === 1);
  working.end();
  await working.done;
});
