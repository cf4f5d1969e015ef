/** `hms serve` as a process: what is there with a token and without, and what it refuses. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { projectFolder } from "../../store/project";
import { storyAgain } from "../serve/story";
import { until } from "../serve/until";

const token = "0123456789abcdef0123456789abcdef";
let folder: string;
let tokenFile: string;
let child: ChildProcess | undefined;
let said = "";

beforeAll(() => {
  ({ folder } = storyAgain());
  tokenFile = path.join(path.dirname(folder), "token");
  fs.writeFileSync(tokenFile, token, { mode: 0o600 });
});
afterEach(() => {
  child?.kill("SIGKILL");
});

/** Starts it; returns its URL, or undefined when it ended. */
async function serve(
  argv: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string | undefined> {
  said = "";
  const started = spawn("node", ["cli/hms.js", "serve", "--listen=127.0.0.1:0", ...argv], {
    cwd: projectFolder,
    // Without a backend no target can be asked; all else is there.
    env: { ...process.env, PULUMI_BACKEND_URL: "file:///nonexistent", HMS_SERVE_TOKEN_FILE: "", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  child = started;
  started.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const url = (): string | undefined => /listening at (\S+)/.exec(said)?.[1];
  await until(() => url() !== undefined || started.exitCode !== null, 30_000);
  return url();
}
const status = async (url: string, method = "GET"): Promise<number> =>
  (await fetch(url, { method, redirect: "manual", headers: { authorization: `Bearer ${token}` } })).status;

test("without a token nothing can be changed: those routes are not there, and there is no button", async () => {
  const url = (await serve()) ?? "";
  await until(async () => (await (await fetch(url)).text()).includes("0ddba11"));
  for (const place of ["/rollback", "/rollback/plan", "/login", "/logout"]) {
    expect([place, await status(url + place), await status(url + place, "POST")]).toEqual([place, 404, 404]);
  }
  expect(await status(`${url}/guard/health`)).toBe(404);
  expect(await (await fetch(url)).text()).not.toContain("Roll back");
  expect(said).toMatch(/^serve: listening at http:\/\/127\.0\.0\.1:\d+\n$/);
});

test("with one, and with the guard's settings, both are there", async () => {
  const url = (await serve(["--config=guard.yml"], { HMS_SERVE_TOKEN_FILE: tokenFile })) ?? "";
  expect(await status(`${url}/login`)).toBe(200);
  expect(await status(`${url}/rollback`)).toBe(303);
  expect(await status(`${url}/rollback`, "POST")).toBe(400);
  expect(await status(`${url}/guard/health`)).toBe(200);
  await until(async () => (await (await fetch(url)).text()).includes("Roll back"));
});

test("a token that others may read is refused before anything is served", async () => {
  const open = `${tokenFile}.open`;
  fs.writeFileSync(open, token);
  fs.chmodSync(open, 0o644);
  expect(await serve([`--token-file=${open}`])).toBeUndefined();
  await until(() => child?.exitCode === 1);
  expect(said).toBe(
    `hms: The token file ${open} has mode 0644: others may read it. Run "chmod 600 ${open}", and make another token if they have.\n`,
  );
});
