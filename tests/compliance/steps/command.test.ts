import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Outcome, runCommand } from "../../../compliance/steps/command";
import { workFolder } from "../../../store/project";
import { folderWith, remove } from "../folder";

let folder = "";
beforeEach(() => {
  folder = folderWith({ "a.txt": "a", "sub/b.txt": "b" });
  fs.symlinkSync("a.txt", path.join(folder, "link"));
});
afterEach(() => {
  remove(folder);
});

const run = (command: string, timeoutSeconds = 20): Promise<Outcome> =>
  runCommand({ command, folder, timeoutSeconds });

/** Whether a `sleep` of so many seconds lives anywhere; one that has ended and waits to be collected has no arguments. */
function sleeps(seconds: string): boolean {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, "utf8") === `sleep\0${seconds}\0`;
      } catch {
        return false;
      }
    });
}

test("both streams are kept, without colours", async () => {
  expect(await run("printf '\\033[31mred\\033[0m\\n'; echo oops >&2")).toEqual({
    failure: undefined,
    output: "red\noops\n",
    stdout: "\u001b[31mred\u001b[0m\n",
  });
});

test("how it failed is told", async () => {
  expect((await run("exit 3")).failure).toBe("exit code 3");
  expect((await run("kill -9 $$")).failure).toBe("ended by SIGKILL");
  expect((await run("no-such-command")).failure).toBe("exit code 127");
});

test("it works on a copy, links and all, which is gone afterwards", async () => {
  const { output } = await run("pwd -P > where; cat where a.txt sub/b.txt; readlink link; rm -r sub a.txt");
  expect(output).toBe(".\naba.txt\n");
  expect(fs.readdirSync(folder).sort()).toEqual(["a.txt", "link", "sub"]);
});

test("nothing of our environment reaches it but PATH", async () => {
  process.env["HMS_TEST_SECRET"] = "sesame";
  try {
    const { output } = await run("env; ls -A $HOME $TMPDIR");
    expect(output).not.toContain("sesame");
    expect(output).not.toContain(`HOME=${process.env["HOME"] ?? ""}\n`);
    expect(output).toContain(`PATH=${process.env["PATH"] ?? ""}\n`);
    expect(output).toContain("CI=true\n");
  } finally {
    delete process.env["HMS_TEST_SECRET"];
  }
});

test("it can't wait for input", async () => {
  expect(await run("cat; echo done")).toMatchObject({ failure: undefined, output: "done\n" });
});

test("after its time it is ended with all that it started, even if it does not listen", async () => {
  const own = `60.${String(process.pid)}1`;
  const { failure, output } = await run(
    `trap '' TERM; sleep ${own} & ps -o args; sleep ${own}; sleep ${own}`,
    0.5,
  );
  expect(output).toContain(`sleep ${own}`);
  expect(failure).toBe("not done after 0.5 s");
  expect(sleeps(own)).toBe(false);
}, 15_000);

test("what it leaves running is ended, and not waited for", async () => {
  const started = Date.now();
  const own = `60.${String(process.pid)}2`;
  const { failure, output } = await run(`sleep ${own} & ps -o args`);
  expect(failure).toBeUndefined();
  expect(output).toContain(`sleep ${own}`);
  expect(sleeps(own)).toBe(false);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test("it ends with the run that began it, also when that is killed", async () => {
  const text = `
    require(${JSON.stringify(path.resolve("register.js"))});
    const { runCommand } = require(${JSON.stringify(path.resolve("compliance/steps/command"))});
    void runCommand({ command: "sleep 4242", folder: ${JSON.stringify(folder)}, timeoutSeconds: 60 });
  `;
  const run = spawn("node", ["-e", text], { stdio: "ignore" });
  const becomes = async (wanted: boolean): Promise<boolean> => {
    for (let tries = 0; tries < 200 && sleeps("4242") !== wanted; tries += 1) await sleep(50);
    return sleeps("4242") === wanted;
  };
  expect(await becomes(true)).toBe(true);
  run.kill("SIGKILL");
  expect(await becomes(false)).toBe(true);
});

test("what got away is not waited for", async () => {
  const started = Date.now();
  await run("setsid sleep 15 & sleep 0.3");
  expect(Date.now() - started).toBeLessThan(10_000);
}, 20_000);

test("of much output the last is kept", async () => {
  const { output } = await run("yes 0123456789 | head -c 3000000; echo; echo the end");
  expect(output.length).toBeLessThan(600_000);
  expect(output.startsWith("0123456789\n")).toBe(true);
  expect(output.endsWith("\nthe end\n")).toBe(true);
});

test("what it writes to the file that was asked for is told; a variable is set", async () => {
  const command = 'printf "$PLATFORM" > sub/new.txt';
  const variables = { PLATFORM: "/srv/hms" };
  expect(
    await runCommand({ command, folder, timeoutSeconds: 9, variables, writes: "sub/new.txt" }),
  ).toMatchObject({
    failure: undefined,
    stdout: "",
    written: "/srv/hms",
  });
});

test("standard output that is too much to be kept whole is none", async () => {
  const { stdout, output } = await run("head -c 40000000 /dev/zero | tr '\\0' a");
  expect(stdout).toBeUndefined();
  expect(output.length).toBeLessThan(1_000_000);
});

// Only root may hide anything.
(process.getuid?.() === 0 ? test : test.skip)(
  "it sees neither the keys, nor the project's own folder, nor the processes around it",
  async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-keys-"));
    const before = process.env["HMS_KEYS"];
    process.env["HMS_KEYS"] = folder;
    fs.writeFileSync(path.join(folder, "signing.pem"), "PRIVATE\n", { mode: 0o600 });
    fs.mkdirSync(workFolder, { recursive: true });
    try {
      const command = `cat ${folder}/signing.pem; ls ${workFolder}; umount ${folder}; cat /proc/${String(process.pid)}/environ; true`;
      const { failure, output } = await run(command);
      expect(failure).toBeUndefined();
      expect(output).not.toContain("PRIVATE");
      expect(output).toMatch(/signing\.pem: Permission denied/);
      expect(output).toMatch(/cannot open directory .*\.hms/);
      expect(output).toMatch(/environ: No such file/);
    } finally {
      process.env["HMS_KEYS"] = before ?? "";
      if (before === undefined) delete process.env["HMS_KEYS"];
    }
  },
);
