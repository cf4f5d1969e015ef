import { expect, test } from "@jest/globals";
import { isIn, parseStat, type Stat, withDescendants } from "../../lab/processes";

/** A line of /proc/PID/stat, cut after the field that matters. */
const line = (name: string, state = "S", threads = 1): string =>
  `4711 (${name}) ${state} 12 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 ${threads} 0 123456 9 10`;

test.each(["sh", "tmux: server", "a) R 99 98 (b"])("a process called %j is read right", (name) => {
  expect(parseStat(line(name))).toEqual({
    pid: 4711,
    started: 123456,
    parent: 12,
    group: 4711,
    ended: false,
  });
});

test.each(["", "4711", "4711 (sh) S 12", "no line"])("%j is no line of stat", (text) => {
  expect(parseStat(text)).toBeUndefined();
});

test("a zombie is over once none of its threads runs", () => {
  expect(parseStat(line("node", "Z", 1))?.ended).toBe(true);
  expect(parseStat(line("node", "Z", 7))?.ended).toBe(false);
  expect(parseStat(line("node", "T", 7))?.ended).toBe(false);
});

test("descendants are found in any order, and only those", () => {
  const stat = (pid: number, parent: number): Stat => ({ pid, parent, started: 1, group: pid, ended: false });
  const all = [stat(5, 4), stat(4, 3), stat(3, 1), stat(2, 1), stat(6, 2)];
  expect(withDescendants([stat(3, 1)], all).map(({ pid }) => pid)).toEqual([3, 4, 5]);
});

test("a control group is known in every hierarchy, and not by the beginning of another's name", () => {
  expect(isIn("/hms-lab", "8:pids:/hms-lab/cloud/abc\n1:cpu:/\n")).toBe(true);
  expect(isIn("/hms-lab", "0::/hms-lab")).toBe(true);
  expect(isIn("/hms-lab", "0::/hms-laboratory\n")).toBe(false);
  expect(isIn("/hms-lab", "0::/docker/hms-lab/x\n")).toBe(false);
});
