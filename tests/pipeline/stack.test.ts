import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import type { EngineEvent, UpOptions } from "@pulumi/pulumi/automation";
import { expect, jest, test } from "@jest/globals";
import { type OpenStack, update } from "../../pipeline/stack";

/** A stack whose update says something, and fails: as often as it is killed, or always. */
function failingStack(message: string, events: readonly Partial<EngineEvent>[] = [], times = Infinity) {
  const done: string[] = [];
  const stack = {
    up: ({ onEvent }: UpOptions) => {
      done.push("up");
      events.forEach((event) => onEvent?.(event as EngineEvent));
      return done.filter((each) => each === "up").length > times
        ? Promise.resolve({})
        : Promise.reject(new Error(message));
    },
    cancel: () => {
      done.push("cancel");
      return Promise.resolve();
    },
    exportStack: () => Promise.resolve({ version: 3, deployment: { pending_operations: [{}] } }),
    importStack: () => {
      done.push("import");
      return Promise.resolve();
    },
  };
  return {
    done,
    open: {
      name: "partners",
      engine: randomUUID(),
      settings: { role: "partners" },
      stack,
    } as unknown as OpenStack,
  };
}

/** What a process was started with; nothing once it has ended, also where this process has not heard of its end yet. */
const commandOf = (pid: number | undefined): string => {
  try {
    return fs.readFileSync(`/proc/${String(pid)}/cmdline`, "utf8");
  } catch {
    return "";
  }
};

const summaryEvent = {} as NonNullable<EngineEvent["summaryEvent"]>;

const killed = ["up", "cancel", "import"];

test("after an engine was killed, its lock and pending operations are gone, and the update is done once more", async () => {
  const { open, done } = failingStack("code: -2", [], 1);
  const onAgain = jest.fn();
  const { error, cutOff } = await update(open, {}, { onAgain });
  expect([error, cutOff]).toEqual([undefined, undefined]);
  expect(done).toEqual([...killed, "up"]);
  expect(onAgain).toHaveBeenCalledTimes(1);
});

test("what a killed engine has left at work is ended before that", async () => {
  const { open } = failingStack("code: -2", [], 1);
  const left = spawn("sleep", ["60"], { env: { ...process.env, HMS_ENGINE: open.engine }, stdio: "ignore" });
  await once(left, "spawn");
  const end = once(left, "exit");
  await update(
    open,
    {},
    {
      onAgain: () => {
        expect(commandOf(left.pid)).toBe("");
      },
    },
  );
  expect(await end).toEqual([null, "SIGKILL"]);
});

test("an engine that is killed twice is not tried again, and leaves neither a lock nor pending operations", async () => {
  const { open, done } = failingStack("code: -2");
  expect(await update(open, {})).toMatchObject({ error: "code: -2", cutOff: true });
  expect(done).toEqual([...killed, ...killed]);
});

test.each([
  ["came to its end", "error: update failed", [{ summaryEvent }]],
  [
    "found another at work",
    "the stack is currently locked by 1 lock(s).\n  x: created by jo@elsewhere (pid 7) at 2026",
    [],
  ],
])("after an update that %s nothing is taken from the stack", async (_, message, events) => {
  const { open, done } = failingStack(message, events);
  expect(await update(open, {})).toMatchObject({ cutOff: false });
  expect(done).toEqual(["up"]);
});

test("a stack that the backend does not have is a user's mistake, and nothing is mended of it", async () => {
  const { open, done } = failingStack("error: no stack named 'partners' found");
  expect(await update(open, {})).toMatchObject({
    error: 'There is no stack partners in the backend. Run "pulumi stack init partners".',
    userError: true,
    cutOff: false,
  });
  expect(done).toEqual(["up"]);
});
