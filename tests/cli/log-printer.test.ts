import { expect, test } from "@jest/globals";
import { logPrinter } from "../../cli/log-printer";
import type { LogLine } from "../../store/run-log";

const lines: LogLine[] = [
  { at: 1, sign: "🛂", text: "previews passed" },
  { at: 2, sign: "🚚", text: "anchorage: 1 %", kind: "live" },
  { at: 2, sign: "🚚", text: "anchorage: 1 %", kind: "progress" },
  { at: 3, sign: "🚚", text: "anchorage: 2 %", kind: "live" },
  { at: 4, sign: "🚀", text: "deployed to cloud" },
  { at: 5, sign: "🚚", text: "", kind: "live" },
  { at: 6, sign: "🏁", text: "done" },
];
function print(isTTY: boolean, columns = 80): string {
  let written = "";
  const printer = logPrinter({ isTTY, columns, write: (text) => (written += text) });
  lines.forEach(printer);
  return written;
}

test("a pipe gets the lines that stay", () => {
  expect(print(false)).toBe(
    "[00:01] 🛂 previews passed\n[00:02] 🚚 anchorage: 1 %\n[00:04] 🚀 deployed to cloud\n[00:06] 🏁 done\n",
  );
});

test("a terminal gets one line that is drawn over, below those that stay", () => {
  const erase = "\r\u001b[K";
  expect(print(true)).toBe(
    [
      "[00:01] 🛂 previews passed\n",
      "[00:02] 🚚 anchorage: 1 %",
      `${erase}[00:03] 🚚 anchorage: 2 %`,
      `${erase}[00:04] 🚀 deployed to cloud\n[00:03] 🚚 anchorage: 2 %`,
      erase,
      "[00:06] 🏁 done\n",
    ].join(""),
  );
});

test("the line that is drawn over stays one line", () => {
  expect(print(true, 20)).toContain("[00:02] 🚚 anchor…\r");
});
