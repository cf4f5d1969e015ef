import { expect, test } from "@jest/globals";
import { lockHolders } from "../../core/stack-lock";

const said = (...holders: string[]): string =>
  [
    `error: the stack is currently locked by ${String(holders.length)} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.`,
    ...holders.map(
      (holder) =>
        `  file:///var/lib/state/.pulumi/locks/organization/hms/onprem/a1425206.json?no_tmp_dir=true: created by ${holder} at 2026-11-26T20:31:36Z`,
    ),
  ].join("\n");

test("each holder of a lock is read from what Pulumi says", () => {
  expect(lockHolders(said("root@vm (pid 20326)", "jo.field@office-7.example (pid 7)"))).toEqual([
    { host: "vm", pid: 20326 },
    { host: "office-7.example", pid: 7 },
  ]);
});

test.each(["", "error: update failed", ": created by root@vm (pid 20326)"])(
  "%j is about no lock",
  (message) => {
    expect(lockHolders(message)).toEqual([]);
  },
);
