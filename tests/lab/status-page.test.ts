/** The status page in a real browser: a run that is watched, a rollback by its button, and pages that all can use. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { AxeResults } from "axe-core";
import { execa } from "execa";
import type { FastifyInstance } from "fastify";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { down, up } from "../../lab/lab";
import { environment } from "../../lab/main";
import { changeFormula } from "../../lab/story";
import { type Board, startBoard } from "../../serve/board";
import { addLive } from "../../serve/live";
import { addPageRoutes } from "../../serve/page-routes";
import { addRollbackRoutes } from "../../serve/rollback-routes";
import { makeServer } from "../../serve/server";
import { makeGate } from "../../serve/token";
import type { TraceRequest } from "../../core/trace";
import { projectFolder } from "../../store/project";
import { Receiver } from "../notify/receiver";
import { type Story, storyAgain, targets } from "../serve/story";
import { until } from "../serve/until";
import * as world from "./world";

jest.setTimeout(300_000);

const axe = fs.readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");
const token = "0123456789abcdef0123456789abcdef";

let browser: Browser;
/** What browsers complain of: scripts that fail, and what the policy of a page forbids. */
const complaints: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    // Root has no sandbox; what is shown is our own.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
});
// Also after a test that has failed: a page that is left open would complain of its server, which is gone then.
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  complaints.length = 0;
});
afterAll(async () => {
  await browser.close();
});

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What is in the page's main part, as a reader sees it. */
const textOf = async (page: Page): Promise<string> =>
  (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");
const shows = (page: Page, text: string | RegExp, seconds = 60): Promise<number> =>
  until(
    async () => {
      const found = await textOf(page);
      return typeof text === "string" ? found.includes(text) : text.test(found);
    },
    seconds * 1000,
    200,
  );

describe("a story", () => {
  let story: Story;
  let board: Board;
  let server: FastifyInstance;
  let url: string;
  const gate = makeGate(token);
  const say = (): void => undefined;

  beforeAll(async () => {
    story = storyAgain();
    const { folder } = story;
    const ask = (): Promise<never> => new Promise(() => undefined);
    board = startBoard({ folder, everySeconds: 30, takesRollbacks: true, ask, say });
    server = makeServer(say, { trustProxy: "loopback" });
    addPageRoutes(server, board, folder);
    addLive(server, board);
    addRollbackRoutes(server, {
      board,
      gate,
      say,
      start: () => Promise.resolve({ exitCode: 0, why: "" }),
      plan: ({ reason }) =>
        Promise.resolve({
          dryRun: true,
          reason,
          exitCode: 0,
          moves: Object.fromEntries(targets.map((target) => [target, { from: "0ddba11", to: "1c0ffee" }])),
          targets: Object.fromEntries(
            targets.map((target) => [target, { answers: "ready", kept: true, bytes: 0 }]),
          ),
        }),
    });
    url = await server.listen({ host: "127.0.0.1", port: 0 });
  });
  afterAll(async () => {
    await server.close();
    board.close();
  });

  test("every page is usable by all: dark and light, on a desk and on a phone", async () => {
    const page = await open(url);
    await page.context().addCookies([{ name: "hms_session", value: gate.session(), url }]);
    const place = (): string => page.url().replace(url, "");
    /** @param rules by colours alone, where all others were looked at before */
    const look = async (rules = "{}"): Promise<void> => {
      const { violations } = await page.evaluate<AxeResults>(`axe.run(${rules})`);
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
      expect([place(), found]).toEqual([place(), []]);
    };
    const lookAtAll = async (): Promise<void> => {
      await page.evaluate(axe);
      for (const viewport of [
        { width: 1280, height: 900 },
        { width: 390, height: 844 },
      ]) {
        await page.setViewportSize(viewport);
        const over = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        expect([place(), viewport.width, over]).toEqual([place(), viewport.width, 0]);
        await page.emulateMedia({ colorScheme: "light" });
        await look();
        await page.emulateMedia({ colorScheme: "dark" });
        await look('{ runOnly: ["color-contrast"] }');
      }
    };
    const places = [
      "/",
      "/runs",
      "/runs/6",
      "/releases",
      "/releases/0ddba11",
      "/timeline",
      "/login",
      "/runs/99",
    ];
    for (const each of [...places, "/rollback"]) {
      await page.goto(url + each);
      for (const details of await page.locator("details").all()) await details.locator("summary").click();
      await lookAtAll();
    }
    await page.getByLabel("Why, for the trail").fill("wrong risk");
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByRole("heading", { name: "Roll back to 1c0ffee?" }).waitFor();
    await lookAtAll();
    expect(complaints).toEqual([]);
  });

  test("by the keyboard alone: the skip link, the parts, the matrix, and it is seen where one is", async () => {
    const page = await open(url);
    await page.keyboard.press("Tab");
    const focused = (): Promise<string> => page.evaluate("document.activeElement.textContent.trim()");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    // Not by a reload: the address would still say where to begin.
    await page.goto("about:blank");
    await page.goto(url);
    for (let n = 0; n < 4; n += 1) await page.keyboard.press("Tab");
    expect(await focused()).toBe("Runs");
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Runs", level: 1 }).waitFor();
  });

  test("without scripts it says the same", async () => {
    const page = await open(url, { javaScriptEnabled: false });
    expect(await textOf(page)).toContain("1 failed and 1 stale of 6 targets");
    expect(await textOf(page)).toContain("unreachable: dial tcp 10.77.2.2:22: i/o timeout");
  });

  test("what comes is added, what is read stays: focus, an opened part, the log's lines", async () => {
    const page = await open(`${url}/runs/6`);
    await page.getByText("Live", { exact: true }).waitFor();
    await page.locator("summary").click();
    await page.evaluate(
      "window.line = document.querySelector('.log li'); document.querySelector('nav a').focus()",
    );
    const other = await open(url);
    await other.getByText("Live", { exact: true }).waitFor();
    story.begin("feed5ed", "A run that is seen");
    await shows(other, "A run that is seen", 5);
    await until(async () => page.evaluate("window.line === document.querySelector('.log li')"));
    expect(await page.locator("details").getAttribute("open")).not.toBeNull();
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Now");
    // A subject that is markup is shown as it was written.
    expect(await textOf(other)).toContain(`<img src=x onerror="alert(1)">`);
    expect(await other.title()).toContain("targets · flood-formula");
    expect(complaints).toEqual([]);
  });
});

describe("a run and a rollback on the lab", () => {
  let child: ChildProcess | undefined;
  let nginx: ChildProcess | undefined;
  let collector: Receiver;
  let url: string;
  let front: string;
  /** A browser that comes by nginx. */
  const byNginx = { ignoreHTTPSErrors: true, httpCredentials: { username: "jo", password: "secret" } };
  const ship = async (version: string): Promise<number> =>
    (await world.ship((copy) => changeFormula(copy, version), "cloud-docker")).exitCode;

  /** Starts nginx by the example in the docs, with a free port and files of its own in the place of those there; returns the URL. */
  async function startNginx(page: string): Promise<string> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-nginx-"));
    const docs = fs.readFileSync(path.join(projectFolder, "docs/status-page.md"), "utf8");
    const example = /^```nginx\n([^]*?)^```$/m.exec(docs)?.[1] ?? "";
    const port = await freePort();
    const put: [string, string][] = [
      ["listen 443 ssl;", `listen 127.0.0.1:${String(port)} ssl;`],
      ["http://127.0.0.1:4181;", `${page};`],
      ["/etc/nginx/status.", `${folder}/status.`],
      ["server_name status.agency.example;", ""],
    ];
    const server = put.reduce((text, [from, to]) => {
      expect(text).toContain(from);
      return text.replaceAll(from, to);
    }, example);
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const file = path.join(folder, "nginx.conf");
    fs.writeFileSync(
      file,
      `user root; pid ${folder}/pid; error_log ${folder}/error.log; events {}\nhttp { access_log off; ${places.join(" ")}\n${server}}\n`,
    );
    fs.writeFileSync(path.join(folder, "status.users"), "jo:{PLAIN}secret\n");
    const subject = ["-subj", "/CN=status.agency.example", "-days", "1"];
    const files = ["-keyout", path.join(folder, "status.key"), "-out", path.join(folder, "status.crt")];
    await execa("openssl", [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-noenc",
      ...subject,
      ...files,
    ]);
    nginx = spawn("nginx", ["-c", file, "-e", path.join(folder, "error.log"), "-g", "daemon off;"], {
      stdio: "ignore",
    });
    await until(() => fs.existsSync(path.join(folder, "pid")));
    return `https://127.0.0.1:${String(port)}`;
  }

  /** Starts the page as a user does; returns where it listens. */
  async function startPage(): Promise<string> {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-page-")), "token");
    fs.writeFileSync(file, `${token}\n`, { mode: 0o600 });
    const argv = [
      "cli/hms.js",
      "serve",
      "--listen=127.0.0.1:0",
      "--every=60",
      "--stacks=cloud-docker",
      `--token-file=${file}`,
    ];
    const env = { ...process.env, ...(await environment()) };
    const server = spawn("node", argv, { cwd: projectFolder, env, stdio: ["ignore", "ignore", "pipe"] });
    child = server;
    return await new Promise((resolve, reject) => {
      let said = "";
      server.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const [, address] = /listening at (http:\/\/\S+)\n/.exec(said) ?? [];
        if (address !== undefined) resolve(address);
      });
      server.once("exit", () => {
        reject(new Error(said));
      });
    });
  }

  beforeAll(async () => {
    collector = await new Receiver().start();
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
    await down();
    await up({ kubernetes: false });
    expect(await ship("g1")).toBe(0);
    url = await startPage();
    front = await startNginx(url);
  });
  afterAll(async () => {
    child?.kill("SIGKILL");
    nginx?.kill("SIGKILL");
    collector.stop();
    await down();
  });

  test("a run is seen as it goes on, without a reload; the button puts the release before it back", async () => {
    const page = await open(front, byNginx);
    await page.evaluate("window.isSame = true");
    await shows(page, "The one target is current");
    const shipping = ship("g2");
    await shows(page, "running run #2");
    await shows(page, /compliance passed.*🛂? ?previews of cloud-docker passed/);
    expect(await shipping).toBe(0);
    await shows(page, /No run is on.*run #2: 1 of 1 targets are current/);
    expect(await page.evaluate("window.isSame")).toBe(true);
    expect(await world.formulas()).toMatchObject({ docker: "g2" });

    await page.getByRole("link", { name: "Roll back" }).click();
    await page.getByLabel("The token of this server").fill(token);
    await page.getByRole("button", { name: "Log in" }).click();
    expect(await page.context().cookies()).toMatchObject([
      { httpOnly: true, secure: true, sameSite: "Strict" },
    ]);
    await page.getByLabel("Why, for the trail").fill("wrong risk");
    await page.getByLabel("Who asks").fill("Jo Field");
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByRole("button", { name: "Roll back now" }).waitFor({ timeout: 60_000 });
    expect(await textOf(page)).toMatch(
      /cloud-docker\/cloud-docker \w{7} → \w{7} ready nothing: it is kept there/,
    );
    expect(await world.formulas()).toMatchObject({ docker: "g2" });
    await page.getByRole("button", { name: "Roll back now" }).click();
    await shows(page, /No run is on.*rollback #3: 1 of 1 targets are back/);
    await shows(page, /rolled back rollback #3 \(wrong risk\): \w{7} → \w{7} on 1 target,.*by Jo Field/);
    expect(await world.formulas()).toMatchObject({ docker: "g1" });

    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('hms_targets{state="current"} 1\n');
    expect(metrics).toContain('hms_runs_total{kind="rollback",exit_code="0"} 1\n');
    expect(complaints).toEqual([]);
  });

  test("each run and the rollback are a trace, with a span for each stage and the target", async () => {
    await until(() => collector.got.length === 3);
    const traces = collector.got.map(({ body }) => {
      const request = JSON.parse(body) as TraceRequest;
      return request.resourceSpans[0].scopeSpans[0].spans.map(({ name }) => name);
    });
    const run = ["hms.run", "compliance", "build", "preview", "update", "cloud-docker/cloud-docker"];
    expect(traces).toEqual([run, run, ["hms.rollback", "preview", "update", "cloud-docker/cloud-docker"]]);
    for (const { body } of collector.got) {
      const [root, ...spans] = (JSON.parse(body) as TraceRequest).resourceSpans[0].scopeSpans[0].spans;
      for (const { startTimeUnixNano: from, endTimeUnixNano: to } of spans) {
        expect(BigInt(from) >= BigInt(root?.startTimeUnixNano ?? 0)).toBe(true);
        expect(BigInt(to) <= BigInt(root?.endTimeUnixNano ?? 0)).toBe(true);
      }
    }
  });

  test("it ends when it is told to", async () => {
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    // Also while somebody watches.
    await open(url);
    child?.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});
