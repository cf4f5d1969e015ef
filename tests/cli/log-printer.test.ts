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
function print(isTTY: boolean, columns = 80, what = lines, rows = 24): string {
  let written = "";
  const printer = logPrinter({ isTTY, columns, rows, write: (text) => (written += text) });
  what.forEach(printer);
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

const live = (text: string): LogLine => ({ at: 2, sign: "🚚", text, kind: "live" });
const up = "\u001b[1A\u001b[K";

test("each transfer has a line of its own, and all of them are drawn over", () => {
  const done: LogLine = { at: 4, sign: "🚀", text: "deployed" };
  expect(print(true, 80, [live("a: 1 %\nb: 2 %\nc: 3 %"), done, live("c: 4 %"), live("")])).toBe(
    [
      "[00:02] 🚚 a: 1 %\n[00:02] 🚚 b: 2 %\n[00:02] 🚚 c: 3 %",
      `\r\u001b[K${up}${up}[00:04] 🚀 deployed\n[00:02] 🚚 a: 1 %\n[00:02] 🚚 b: 2 %\n[00:02] 🚚 c: 3 %`,
      `\r\u001b[K${up}${up}[00:02] 🚚 c: 4 %`,
      "\r\u001b[K",
    ].join(""),
  );
});

test("more transfers than fit on the screen are counted", () => {
  const all = Array.from({ length: 9 }, (_, at) => `t${String(at)}: 1 %`).join("\n");
  expect(print(true, 80, [live(all)], 6).split("\n")).toEqual([
    ...["[00:02] 🚚 t0: 1 %", "[00:02] 🚚 t1: 1 %", "[00:02] 🚚 t2: 1 %", "[00:02] 🚚 and 6 more"],
  ]);
});

test("on a terminal, too, a transfer is told by lines that stay where nothing is drawn: it is made on another machine", () => {
  const kept: LogLine = { at: 2, sign: "🚚", text: "anchorage: 1 %", kind: "progress" };
  expect(print(true, 80, [kept])).toBe("[00:02] 🚚 anchorage: 1 %\n");
});
