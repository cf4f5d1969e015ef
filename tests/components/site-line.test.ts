/** One connection for a whole try: how it begins, and that it ends. A shell script logs in, in ssh's place. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Line, overOneLine, socketsFolder } from "../../components/site/line";
import { Refused, Unreachable } from "../../core/errors";
import { quote } from "../../core/quote";
import { masterArgv, sharedArgv } from "../../core/ssh";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-it's a line-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const up = ': >"$socket"';
const stay = "exec sleep 1000";

/** The command line of a program that stands for ssh, and notes its number, its words and its socket. */
function inPlaceOfSsh(...does: readonly string[]): string {
  const program = path.join(folder, "ssh");
  const notes = [
    'echo $$ >"$0.pid"',
    'echo "$*" >"$0.words"',
    "shift; socket=$2",
    'echo "$socket" >"$0.socket"',
  ];
  fs.writeFileSync(program, ["#!/bin/sh", ...notes, ...does, ""].join("\n"), { mode: 0o755 });
  return quote([program]);
}
const noted = (what: string): string => fs.readFileSync(path.join(folder, `ssh.${what}`), "utf8").trim();

const dial = (ssh: string, limits: { until?: number; dialTimeoutSeconds?: number } = {}) => ({
  ...{ user: "deploy", host: "fd00::2", ssh, until: Infinity, transferTimeoutSeconds: 7 },
  ...{ dialTimeoutSeconds: 5, stallTimeoutSeconds: 0.2, ...limits },
});

/** Nobody runs that was noted, and its socket's folder is gone. */
async function expectNothingLeft(): Promise<void> {
  for (let n = 0; runs(Number(noted("pid"))) && n < 100; n++) await sleep(20);
  expect(runs(Number(noted("pid")))).toBe(false);
  expect(fs.existsSync(path.dirname(noted("socket")))).toBe(false);
}
function runs(pid: number): boolean {
  try {
    // A process that has ended and is not yet taken note of runs no more.
    return !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
const noWork = (): Promise<never> => Promise.reject(new Error("nobody is logged in"));

describe("once somebody is logged in", () => {
  test("all goes over it, and it ends with the work", async () => {
    const answer = await overOneLine(dial(inPlaceOfSsh(up, stay)), (line) => {
      const socket = noted("socket");
      expect(line).toMatchObject({ ssh: sharedArgv(socket).join(" "), pid: Number(noted("pid")) });
      expect(noted("words")).toBe(`-M -S ${socket} -o ControlPersist=no -N deploy@fd00::2`);
      expect(fs.statSync(path.dirname(socket)).mode & 0o777).toBe(0o700);
      expect(runs(line.pid)).toBe(true);
      return Promise.resolve("done");
    });
    expect(answer).toBe("done");
    await expectNothingLeft();
  });

  test("it ends with work that fails, too", async () => {
    const failed = overOneLine(dial(inPlaceOfSsh(up, stay)), () => Promise.reject(new Refused("disk full")));
    await expect(failed).rejects.toThrow(new Refused("disk full"));
    await expectNothingLeft();
  });

  test("what it says when it breaks is known, and its banner is not taken for it", async () => {
    const ssh = inPlaceOfSsh(
      "echo Authorized use only >&2",
      up,
      "sleep 0.5",
      "echo Broken pipe >&2; exit 255",
    );
    const words = (line: Line) => sleep(200).then(() => line.lastWords());
    expect(await overOneLine(dial(ssh), words)).toBe("Broken pipe\n");
  });
  test("one that did not break says nothing, and is ended", async () => {
    await overOneLine(dial(inPlaceOfSsh(up, stay)), async (line) => {
      expect(await line.lastWords()).toBe("");
      await expectNothingLeft();
    });
  });
});

describe("a log-in", () => {
  test("that hangs is given up after a dial and a stall", async () => {
    const failed = overOneLine(dial(inPlaceOfSsh(stay), { dialTimeoutSeconds: 0.8 }), noWork);
    await expect(failed).rejects.toThrow(new Unreachable("nobody has logged us in within 1 s"));
    await expectNothingLeft();
  });
  test("ends with the time of all tries", async () => {
    const failed = overOneLine(dial(inPlaceOfSsh(stay), { until: Date.now() + 500 }), noWork);
    await expect(failed).rejects.toThrow(new Unreachable("not all has arrived within 7 s"));
    await expectNothingLeft();
  });
  test.each([
    ["ssh: connect to host 10.0.0.2 port 22: No route to host", Unreachable],
    ["deploy@10.0.0.2: Permission denied (publickey).", Refused],
  ])("that fails says why: %s", async (words, error) => {
    const failed = overOneLine(dial(inPlaceOfSsh(`echo '${words}' >&2`, "exit 255")), noWork);
    await expect(failed).rejects.toThrow(new error(words));
    await expect(failed).rejects.toBeInstanceOf(error);
    await expectNothingLeft();
  });
  test("without ssh says what is missing", async () => {
    await expect(overOneLine(dial("/none/ssh"), noWork)).rejects.toThrow(
      new Refused("this machine has no ssh. Install OpenSSH's client."),
    );
  });
});

test("it does not outlive who started it, who may have been killed", async () => {
  const [program = "", ...args] = masterArgv(inPlaceOfSsh(up, stay), "deploy@h", path.join(folder, "s"));
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  while (!fs.existsSync(path.join(folder, "s"))) await sleep(20);
  expect(runs(Number(noted("pid")))).toBe(true);
  expect(Number(noted("pid"))).toBe(child.pid);
  // The kernel closes it for whoever is killed.
  child.stdin.destroy();
  const signal = await new Promise((end) =>
    child.once("exit", (_, by) => {
      end(by);
    }),
  );
  expect(signal).toBe("SIGKILL");
});

test("its socket lies where its path is short and plain", () => {
  expect(socketsFolder("/var/tmp")).toBe("/var/tmp");
  expect(socketsFolder(`/${"x".repeat(60)}`)).toBe("/tmp");
  expect(socketsFolder("/it's 100 %")).toBe("/tmp");
});
