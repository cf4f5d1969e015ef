import os from "node:os";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import type { StackSettings } from "../../core/config";
import { mendStack, pastDeadLocks } from "../../pipeline/mend";

/** A stack that notes what is done to it. */
function killedStack(pending: readonly unknown[]) {
  const done: string[] = [];
  const deployment = { manifest: "kept", pending_operations: pending };
  return {
    done,
    settings: { role: "partners" } as StackSettings,
    stack: Promise.resolve({
      cancel: () => {
        done.push("cancel");
        return Promise.resolve();
      },
      exportStack: () => Promise.resolve({ version: 3, deployment }),
      importStack: (state: { version: number; deployment: Record<string, unknown> }) => {
        done.push(`import ${JSON.stringify(state)}`);
        return Promise.resolve();
      },
    }),
  };
}

const locked = (pid: number, host = os.hostname()): Error =>
  new Error(
    `the stack is currently locked by 1 lock(s).\n  file:///x.json: created by root@${host} (pid ${String(pid)}) at 2026`,
  );

test("what a killed engine had for pending is taken from the state, and all else stays", async () => {
  const open = killedStack([{ type: "updating", resource: { urn: "urn::x", type: "t" } }]);
  await mendStack(open);
  const left = { version: 3, deployment: { manifest: "kept", pending_operations: [] } };
  expect(open.done).toEqual(["cancel", `import ${JSON.stringify(left)}`]);
});

test("a state without pending operations is not written again", async () => {
  const open = killedStack([]);
  await mendStack(open);
  expect(open.done).toEqual(["cancel"]);
});

describe("a lock", () => {
  /** Fails with an error once, and goes through then. */
  const failing = (error: Error): (() => Promise<string>) => {
    const errors = [error];
    return () => {
      const next = errors.pop();
      return next === undefined ? Promise.resolve("done") : Promise.reject(next);
    };
  };

  test("of an engine that is over is taken away, and the action is done then", async () => {
    const dead = execa("true");
    await dead;
    const open = killedStack([]);
    expect(await pastDeadLocks(open, failing(locked(dead.pid ?? 0)))).toBe("done");
    expect(open.done).toEqual(["cancel"]);
  });

  test.each([
    ["of one that is at work", locked(process.pid)],
    ["of one on another machine", locked(1, "elsewhere")],
    ["that nobody speaks of", new Error("update failed")],
  ])("%s stays", async (_, error) => {
    const open = killedStack([]);
    await expect(pastDeadLocks(open, failing(error))).rejects.toBe(error);
    expect(open.done).toEqual([]);
  });
});
