/** The example service's GitHub workflows: without a mistake, and run for real, on a stand-in for hms that notes what it is asked for. */
import fs from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { workflowTools } from "../../lab/toolchain/workflow-tools";
import { projectFolder } from "../../store/project";

jest.setTimeout(60_000);

const example = path.join(projectFolder, "examples", "flood-formula");
let tools: Awaited<ReturnType<typeof workflowTools>>;
let folder: string;
let repository: string;
let commit: string;

beforeAll(async () => {
  tools = await workflowTools();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-workflows-"));
  repository = path.join(folder, "flood-formula");
  fs.cpSync(example, repository, {
    recursive: true,
    filter: (from) => path.basename(from) !== "node_modules",
  });
  const git = (...args: string[]) => execa("git", ["-C", repository, ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("remote", "add", "origin", "https://github.com/agency/flood-formula.git");
  await git("add", "--all");
  await git("-c", "user.name=T", "-c", "user.email=t@agency.example", "commit", "--quiet", "-m", "seed");
  commit = (await git("rev-parse", "HEAD")).stdout;
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** An HMS_HOME whose `hms` notes its arguments, prints a line, and ends as it is told. */
function home(exitCode = 0): { readonly home: string; readonly asked: () => string[] } {
  const at = fs.mkdtempSync(path.join(folder, "home-"));
  fs.mkdirSync(path.join(at, "node_modules", ".bin"), { recursive: true });
  fs.writeFileSync(path.join(at, "package.json"), "{}");
  const script = `#!/bin/sh\necho "$*" >> asked\necho "| target | what |"\nexit ${String(exitCode)}\n`;
  fs.writeFileSync(path.join(at, "node_modules", ".bin", "hms"), script, { mode: 0o755 });
  const asked = path.join(at, "asked");
  return {
    home: at,
    asked: () => (fs.existsSync(asked) ? fs.readFileSync(asked, "utf8").trim().split("\n") : []),
  };
}

/** Runs a workflow on this machine. */
async function run(event: string, workflow: string, variables: Record<string, string>, payload?: object) {
  const file = path.join(folder, "event.json");
  fs.writeFileSync(file, JSON.stringify(payload ?? {}));
  const vars = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}=${value}`]);
  const workflowFile = path.join(".github", "workflows", `${workflow}.yml`);
  const args = [
    event,
    "-C",
    repository,
    "-W",
    workflowFile,
    "-P",
    "self-hosted=-self-hosted",
    "-e",
    file,
    ...vars,
    // It would listen on the machine's own address otherwise, and needs one.
    "--no-cache-server",
    "--artifact-server-addr",
    "127.0.0.1",
  ];
  const env = { HOME: folder, XDG_CACHE_HOME: path.join(folder, "cache") };
  return execa(tools.act, [...args, "-s", "GITHUB_TOKEN=token-of-a-test"], { env, all: true, reject: false });
}

test("actionlint finds nothing", async () => {
  const files = fs.globSync(".github/workflows/*.yml", { cwd: example });
  expect(files.length).toBeGreaterThanOrEqual(4);
  const { exitCode, stdout } = await execa(tools.actionlint, files, { cwd: example, reject: false });
  expect([exitCode, stdout]).toEqual([0, ""]);
});

test("a push ships its commit, and a refusal fails the job", async () => {
  const fine = home();
  expect((await run("push", "ship", { HMS_HOME: fine.home })).exitCode).toBe(0);
  expect(fine.asked()).toEqual([`pipeline run --trigger push --commit ${commit}`]);
  expect((await run("push", "ship", { HMS_HOME: home(1).home })).exitCode).toBe(1);
});

test("a stale target is a warning", async () => {
  const { exitCode, all } = await run("push", "ship", { HMS_HOME: home(3).home });
  expect([exitCode, all]).toEqual([0, expect.stringContaining("Run hms pipeline sync when it is back.")]);
});

test("each hour ships what main holds", async () => {
  const { home: at, asked } = home();
  expect((await run("schedule", "hourly", { HMS_HOME: at })).exitCode).toBe(0);
  expect(asked()).toEqual([`pipeline run --trigger schedule --commit ${commit}`]);
});

test("each stack is a job of its own, and one that fails keeps no other from running", async () => {
  const { home: at, asked } = home(1);
  const { exitCode } = await run("workflow_dispatch", "stacks", {
    HMS_HOME: at,
    HMS_STACKS: '["cloud", "onprem"]',
  });
  expect([exitCode, asked()]).toEqual([
    1,
    ["cloud", "onprem"].map((stack) => `pipeline run --commit ${commit} --stacks ${stack}`),
  ]);
});

test("a pull request gets its plan as a comment, and nothing else is asked for; a fork's is not run", async () => {
  const got: { url?: string; authorization?: string; body: string }[] = [];
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      got.push({ url: request.url, authorization: request.headers.authorization, body });
      response.writeHead(201).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  try {
    const { home: at, asked } = home();
    const proposed = (head: string) => ({
      repository: { full_name: "agency/flood-formula", name: "flood-formula", owner: { login: "agency" } },
      pull_request: { number: 7, head: { sha: "c".repeat(40), repo: { full_name: head } } },
    });
    const ask = (head: string) =>
      run("pull_request", "plan", { HMS_HOME: at, HMS_GITHUB_API: api }, proposed(head));
    expect((await ask("stranger/flood-formula")).all).not.toContain("Job succeeded");
    expect([asked(), got]).toEqual([[], []]);
    const { exitCode, all } = await ask("agency/flood-formula");
    expect([exitCode, exitCode === 0 ? "" : all]).toEqual([0, ""]);
    expect(asked()).toEqual([`pipeline plan ${"c".repeat(40)} --markdown`]);
    expect(got).toEqual([
      {
        url: "/repos/agency/flood-formula/issues/7/comments",
        authorization: "Bearer token-of-a-test",
        body: JSON.stringify({ body: "| target | what |\n" }),
      },
    ]);
  } finally {
    server.close();
  }
});
