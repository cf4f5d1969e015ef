import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { runCommand } from "../../compliance/steps/command";
import { findPii } from "../../compliance/content";
import { runSuite } from "../../compliance/suite";
import type { Report } from "../../core/report";
import { parseService, serviceFile } from "../../core/service";
import * as story from "../../lab/story";
import { ask, healthCheck, imageOf, type Running, start } from "./service";

let copy = "";
let images: string[] = [];
let running: Running[] = [];

beforeEach(() => {
  copy = fs.mkdtempSync(path.join(os.tmpdir(), "hms-story-"));
  images = [];
  running = [];
});
afterEach(async () => {
  for (const service of running) {
    service.process.kill("SIGKILL");
    await service.ended;
  }
  for (const folder of [copy, ...images]) fs.rmSync(folder, { recursive: true, force: true });
});

/** Starts what the working copy's image would hold. */
async function run(): Promise<Running & { image: string }> {
  const image = imageOf(copy);
  images.push(image);
  const service = await start(image);
  running.push(service);
  return { ...service, image };
}

function comply(): Promise<Report> {
  const service = parseService(fs.readFileSync(path.join(copy, serviceFile), "utf8"), serviceFile);
  return runSuite({ folder: copy, commit: "c", tree: "t", name: "flood-formula", service });
}

/** All files of the working copy and what they hold. */
function contents(): Record<string, string> {
  const files = fs
    .readdirSync(copy, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile());
  const names = files.map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((name) => [path.relative(copy, name), fs.readFileSync(name, "utf8")]));
}

function changed(before: Record<string, string>): string[] {
  const after = contents();
  return Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
}

describe("the service", () => {
  test("answers by its formula, and says one line when it starts", async () => {
    story.seed(copy);
    const { port, image, output } = await run();
    expect(await ask(port, "/risk?rainfall=80&elevation=3&soil=clay")).toEqual({
      status: 200,
      body: { risk: 63, level: "high", formula: "v1", release: "8e9a12c" },
    });
    expect(await ask(port, "/healthz")).toEqual({ status: 200, body: { status: "ok", formula: "v1" } });
    expect((await ask(port, "/risk?rainfall=80")).status).toBe(400);
    expect((await ask(port, "/nothing")).status).toBe(404);
    expect(await healthCheck(image, port)).toBe(0);
    expect(output()).toBe(`flood-formula v1 listens on port ${port}\n`);
  });

  test("needs nothing to be written, and no other file than the image has", async () => {
    story.seed(copy);
    const { image, port } = await run();
    const before = fs.readdirSync(image, { recursive: true }).sort();
    await ask(port, "/risk?rainfall=80&elevation=3&soil=clay");
    expect(fs.readdirSync(image, { recursive: true }).sort()).toEqual(before);
    expect(before).toEqual([
      "formula.js",
      "healthcheck.js",
      "package.json",
      "rules",
      "rules/flood.json",
      "server.js",
    ]);
  });

  test("told to stop, it ends the request under way, and takes no other", async () => {
    story.seed(copy);
    const { port, process: child, ended } = await run();
    const [underWay, idle] = [net.connect(port, "127.0.0.1"), net.connect(port, "127.0.0.1")];
    idle.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(idle, "data");
    underWay.write("GET /risk?rainfall=80&elevation=3&soil=clay HTTP/1.1\r\nHost: x\r\n");
    await ask(port, "/healthz"); // By now it has read the half request.

    child.kill("SIGTERM");
    await once(idle, "close"); // It closes what only waits.
    await expect(ask(port, "/healthz")).rejects.toThrow("fetch failed");
    underWay.write("\r\n");
    const [answer] = (await once(underWay, "data")) as [Buffer];
    await once(underWay, "close");

    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close[^]*"formula":"v1"/i);
    expect(await ended).toBe(0);
  }, 15_000);

  test("told to stop, it takes who still comes this way, each for the last time, and ends soon after", async () => {
    story.seed(copy);
    const { port, process: child, ended } = await run();
    const kept = new http.Agent({ keepAlive: true });
    const asked = (): Promise<string | undefined> =>
      new Promise((resolve, reject) => {
        http
          .get(`http://127.0.0.1:${port}/healthz`, { agent: kept }, (response) => {
            response.resume().on("end", () => {
              resolve(response.headers.connection);
            });
          })
          .on("error", reject);
      });
    expect(await asked()).toBe("keep-alive");
    child.kill("SIGTERM");
    for (let tries = 0; tries < 15; tries += 1) {
      await sleep(100);
      expect(await asked()).toBe("close");
    }
    const began = Date.now();
    expect(await ended).toBe(0);
    expect(Date.now() - began).toBeLessThan(3000);
  });

  test("told to stop, it does not wait for a request that never comes whole", async () => {
    story.seed(copy);
    const { port, process: child, ended } = await run();
    const underWay = net.connect(port, "127.0.0.1");
    underWay.on("error", () => undefined);
    underWay.write("GET /risk HTTP/1.1\r\n");
    await ask(port, "/healthz");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  }, 12_000);

  test("its image builds without a shell, runs as nobody special, and its formula comes last", () => {
    story.seed(copy);
    const lines = fs.readFileSync(path.join(copy, "Dockerfile"), "utf8").match(/^[A-Z]+ .*$/gm) ?? [];
    expect(
      lines.filter((line) => /^(RUN|ADD|SHELL)|^(CMD|HEALTHCHECK .*CMD|ENTRYPOINT) [^[]/.test(line)),
    ).toEqual([]);
    expect(lines.filter((line) => line.startsWith("COPY")).at(-1)).toBe("COPY formula.js ./");
    expect(lines).toContain("USER 1000");
    expect(lines.at(-1)).toBe('CMD ["node", "server.js"]');
  });
});

describe("the story", () => {
  test("v1 passes its twelve tests, and heavy rain overflows it", async () => {
    expect(story.seed(copy)).toBe("flood formula v1");
    const report = await comply();
    expect(report).toMatchObject({ passed: true, findings: [], skipped: [] });
    expect(report.steps[0]).toMatchObject({ name: "tests", tests: 12 });
    const { port } = await run();
    expect((await ask(port, story.heavyRain)).body).toMatchObject({ risk: 0, level: "low", formula: "v1" });
  }, 30_000);

  test("the fix changes the formula alone, and heavy rain is a risk", async () => {
    story.seed(copy);
    const before = contents();
    expect(story.fixOverflow(copy)).toBe("fix overflow");
    expect(changed(before)).toEqual(["formula.js"]);
    const lines = (text: string | undefined): string[] => (text ?? "").split("\n");
    const fixed = lines(contents()["formula.js"]);
    expect(lines(before["formula.js"]).filter((line) => !fixed.includes(line))).toHaveLength(2);
    const { port } = await run();
    expect((await ask(port, story.heavyRain)).body).toMatchObject({
      risk: 95,
      level: "severe",
      formula: "v2",
    });
  });

  test("a formula of any version passes its tests, and differs from the fix in that only", async () => {
    story.fixOverflow(copy);
    const before = contents();
    expect(story.changeFormula(copy, "v7")).toBe("formula v7");
    expect(changed(before)).toEqual(["formula.js"]);
    const outcome = await runCommand({ command: "npm test", folder: copy, timeoutSeconds: 60 });
    expect(outcome.failure).toBeUndefined();
    const { port } = await run();
    expect((await ask(port, "/healthz")).body).toMatchObject({ formula: "v7" });
  }, 30_000);

  test("a word more in the README is a change each time, of nothing else", () => {
    story.fixOverflow(copy);
    for (let time = 0; time < 2; time += 1) {
      const before = contents();
      story.touchReadme(copy);
      expect(changed(before)).toEqual(["README.md"]);
    }
  });

  test("the broken formula fails one unit test, and would run", async () => {
    story.breakTest(copy);
    const report = await comply();
    expect(report).toMatchObject({ passed: false, findings: [] });
    expect(report.steps[0]).toMatchObject({ name: "tests", passed: false, tests: 12 });
    expect(report.steps[0]?.summary).toMatch(/^npm test: exit code 1\n[^]*higher ground is less risk/);
    const { port } = await run();
    expect((await ask(port, "/healthz")).body).toMatchObject({ formula: "flat" });
  }, 30_000);

  test("the leak is in what would ship, and is found", async () => {
    story.leakSsn(copy);
    const report = await comply();
    expect(report.passed).toBe(false);
    expect(report.steps.map(({ name, passed }) => [name, passed])).toEqual([
      ["tests", true],
      ["secrets", true],
      ["personal data", false],
      ["banned APIs", true],
    ]);
    expect(report.findings).toMatchObject([{ file: "rules/contacts.json", line: 5, rule: "us-ssn" }]);
    const { image } = await run();
    expect(fs.existsSync(path.join(image, "rules/contacts.json"))).toBe(true);
  }, 30_000);

  test.each(["unready", "crash"] as const)(
    "the sick formula passes its tests, and is never healthy: %s",
    async (how) => {
      story.neverHealthy(copy, how);
      expect((await comply()).passed).toBe(true);
      const { image, port, ended } = await run();
      if (how === "crash") {
        expect(await ended).toBe(1);
      } else {
        expect((await ask(port, "/healthz")).status).toBe(503);
        expect((await ask(port, "/risk?rainfall=80&elevation=3&soil=clay")).status).toBe(500);
      }
      expect(await healthCheck(image, port || 1)).toBe(1);
    },
    30_000,
  );

  test("each chapter starts afresh, whatever was before, and leaves Git's folder alone", () => {
    fs.mkdirSync(path.join(copy, ".git"));
    fs.writeFileSync(path.join(copy, ".git", "HEAD"), "ref: refs/heads/main\n");
    story.fixOverflow(copy);
    const clean = contents();
    story.leakSsn(copy);
    story.neverHealthy(copy, "crash");
    story.breakTest(copy);
    story.fixOverflow(copy);
    expect(changed(clean)).toEqual([]);
    expect(clean[".git/HEAD"]).toBe("ref: refs/heads/main\n");
  });

  test("the story itself leaks nothing", () => {
    const text = fs.readFileSync(path.join(__dirname, "../../lab/story.ts"), "utf8");
    expect(findPii(text, "story.ts")).toEqual([]);
  });
});
