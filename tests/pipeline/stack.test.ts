import type { EngineEvent, UpOptions } from "@pulumi/pulumi/automation";
import { expect, test } from "@jest/globals";
import { type OpenStack, update } from "../../pipeline/stack";

/** A stack whose update says something, and fails. */
function failingStack(message: string, ...events: readonly Partial<EngineEvent>[]) {
  const done: string[] = [];
  const stack = {
    up: ({ onEvent }: UpOptions) => {
      events.forEach((event) => onEvent?.(event as EngineEvent));
      return Promise.reject(new Error(message));
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
  return { done, open: { name: "partners", settings: { role: "partners" }, stack } as unknown as OpenStack };
}

const summaryEvent = {} as NonNullable<EngineEvent["summaryEvent"]>;

test("an engine that was killed leaves neither a lock nor pending operations", async () => {
  const { open, done } = failingStack("code: -2");
  expect(await update(open, {})).toMatchObject({ error: "code: -2", cutOff: true });
  expect(done).toEqual(["cancel", "import"]);
});

test.each([
  ["came to its end", "error: update failed", [{ summaryEvent }]],
  [
    "found another at work",
    "the stack is currently locked by 1 lock(s).\n  x: created by jo@elsewhere (pid 7) at 2026",
    [],
  ],
])("after an update that %s nothing is taken from the stack", async (_, message, events) => {
  const { open, done } = failingStack(message, ...events);
  expect(await update(open, {})).toMatchObject({ cutOff: false });
  expect(done).toEqual([]);
});
