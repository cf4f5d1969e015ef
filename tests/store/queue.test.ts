import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { projectFolder } from "../../store/project";
import { enqueue, requests, settle } from "../../store/queue";

let folder: string;
beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-queue-")), "queue");
});
const commits = (): string[] => requests(folder).map(({ commit }) => commit);

test("what came in stays, in its order, until it is answered", () => {
  const first = enqueue({ commit: "a" }, folder);
  enqueue({ commit: "b", urgent: true, schedule: "0 * * * *" }, folder);
  expect(requests(folder)).toEqual([
    { id: first.id, commit: "a", at: expect.any(String) },
    { id: expect.any(String), commit: "b", urgent: true, schedule: "0 * * * *", at: expect.any(String) },
  ]);
  settle([first.id], folder);
  expect(commits()).toEqual(["b"]);
  // A number that comes again is another request's.
  settle([first.id], folder);
  expect(commits()).toEqual(["b"]);
});

test("a process that is killed while it keeps pushes loses none that it has said it kept, and leaves no half one", async () => {
  const script = `require("./register"); const { enqueue } = require("./store/queue");
    for (let n = 0; ; n += 1) { enqueue({ commit: String(n) }, process.argv[1]); require("fs").writeSync(1, n + "\\n"); }`;
  const child = execa("node", ["-e", script, folder], { cwd: projectFolder, reject: false });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await new Promise((resolve) => setTimeout(resolve, 150));
  child.kill("SIGKILL");
  const { stdout } = await child;
  const said = stdout.split("\n").filter((line) => line !== "");
  expect(said.length).toBeGreaterThan(1);
  expect(commits().slice(0, said.length)).toEqual(said);
  expect(commits().length - said.length).toBeLessThanOrEqual(1);
});

test("a file that is no push is set aside, and holds up no other", () => {
  enqueue({ commit: "a" }, folder);
  fs.writeFileSync(path.join(folder, "00000002.json"), "{");
  enqueue({ commit: "b" }, folder);
  expect(commits()).toEqual(["a", "b"]);
  expect(fs.readdirSync(path.join(folder, "dead"))).toHaveLength(1);
});
