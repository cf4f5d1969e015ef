/** The status page over HTTP: every page, what protects it, and what changes under those who watch. */
import fs from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { releaseOf } from "../../core/history";
import type { Ask } from "../../serve/asking";
import { type Board, startBoard } from "../../serve/board";
import { addLive } from "../../serve/live";
import { addPageRoutes } from "../../serve/page-routes";
import { makeServer } from "../../serve/server";
import { directoryBlobs } from "../../store/blobs";
import { enqueue } from "../../store/queue";
import { type Lease, takeLease } from "../../store/lease";
import { directoryTrail } from "../../store/trail";
import { entriesFolderOf } from "../../store/trail-files";
import { manyBodies, signerOf, writeTrail } from "../pipeline/audit/long-trail";
import { hostileSubject, type Story, storyAgain, targets } from "./story";
import { until } from "./until";

let folder: string;
let story: Story;
let board: Board;
let server: FastifyInstance;
let said: string[];
let asked: number;

/** Answers as targets would that are all well. */
const allWell: Ask = () => {
  asked += 1;
  const answers = targets.map((target) => ({
    target,
    state: "current" as const,
    health: "healthy",
    desired: "0ddba11",
    release: "0ddba11",
  }));
  return Promise.resolve({ service: "flood-formula", time: new Date().toISOString(), targets: answers });
};
const nobody: Ask = () => new Promise(() => undefined);

function start(ask: Ask = nobody, everySeconds = 30): void {
  board = startBoard({ folder, ask, everySeconds, say: (line) => said.push(line) });
  server = makeServer((line) => said.push(line));
  addPageRoutes(server, board, folder);
  addLive(server, board);
}

const get = async (url: string, headers: Record<string, string> = {}) =>
  await server.inject({ url, headers });
const read = (): Promise<number> => until(() => board.facts().trail.state === "read");

/** Opens the stream of events; `changes` counts them. */
async function watch(): Promise<{ readonly changes: () => number; readonly end: () => void }> {
  if (!server.server.listening) await server.listen({ host: "127.0.0.1", port: 0 });
  const abort = new AbortController();
  const { port } = server.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${String(port)}/live`, { signal: abort.signal });
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  let text = "";
  const reading = async (): Promise<void> => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  };
  reading().catch(() => undefined);
  return {
    changes: () => text.match(/^event: change$/gm)?.length ?? 0,
    end: () => {
      abort.abort();
    },
  };
}

beforeEach(() => {
  story = storyAgain();
  ({ folder } = story);
  said = [];
  asked = 0;
});
afterEach(async () => {
  board.close();
  await server.close();
});

describe("pages", () => {
  test.each([
    [
      "/",
      [
        "1 failed and 1 stale of 6 targets",
        "unreachable: dial tcp 10.77.2.2:22: i/o timeout",
        "exceeded storage allocation",
      ],
    ],
    ["/runs", ["#6", "covers", "5ca1ab1", "refused by compliance", "exit 3", "Rollback to"]],
    ["/runs?before=3", ["#2", "#1"]],
    [
      "/runs/6",
      [
        "Run #6",
        "compliance passed (12 tests, 0 findings)",
        "synced to mississippi",
        "It serves",
        "14 entries",
      ],
    ],
    ["/runs/5", ["Rollback #5", "wrong risk for Anchorage"]],
    ["/releases", ["0ddba11", "Soil classes by the new survey", "Rolled back from everywhere"]],
    [
      "/releases/0ddba11",
      [
        "12 tests passed",
        "image.cdx.json",
        "1 components",
        "Provenance of the build",
        "holds a bundle of 41300 bytes",
      ],
    ],
    ["/timeline", ["deployed", "refused", "rolled back", "stale", "healed", "failed"]],
  ])("%s", async (url, texts) => {
    start();
    await read();
    const { statusCode, body, headers } = await get(url);
    expect([statusCode, headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers).toMatchObject({
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    for (const text of texts) expect(body).toContain(text);
    // No script, style or file but this server's own; no rollback without a token.
    expect(body.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/assets/page.js">']);
    expect(body).not.toMatch(/<[^>]* (?:style|on[a-z]+)=|(?:src|href)="(?!\/|#)|action=/);
    expect(body).not.toContain(hostileSubject.slice(0, 10));
    expect(said).toEqual([]);
  });

  test("a release whose files were altered says so", async () => {
    start();
    await read();
    expect((await get("/releases/0ddba11")).body).not.toContain("not good");
    const release = board.facts().trail.entries.findLast(({ body }) => body.type === "release")?.body;
    if (release?.type !== "release") throw new Error("no release");
    const { provenance, bundle } = release.release;
    for (const digest of [provenance.replace("sha256:", ""), bundle.sha256]) {
      fs.appendFileSync(`${folder}/blobs/sha256/${digest}`, " ");
    }
    const { body } = await get("/releases/0ddba11");
    expect(body).toContain("The provenance of 0ddba11 is missing, or was changed after it was signed.");
    expect(body.match(/state failed">not good/g)).toHaveLength(2);
  });

  test("a signature that no trusted key made is not good, though the file is what the trail names", async () => {
    const blobs = directoryBlobs(folder);
    const found = releaseOf(directoryTrail(folder).entries(), "0ddba11");
    if (found === undefined) throw new Error("no release");
    const envelope = JSON.parse(blobs.text(found.provenance) ?? "") as { signatures: { sig: string }[] };
    const forged = { ...envelope, signatures: envelope.signatures.map((each) => ({ ...each, sig: "AAAA" })) };
    const provenance = `sha256:${blobs.put(Buffer.from(`${JSON.stringify(forged)}\n`))}`;
    story.append({ type: "release", release: { ...found, provenance } });
    start();
    await read();
    const { body } = await get("/releases/0ddba11");
    expect(body).toContain("The provenance of 0ddba11 is not signed by a trusted key.");
    expect(body.match(/state failed">not good/g)).toHaveLength(1);
  });

  test("files beside the trail are handed out by the trail's names alone", async () => {
    start();
    await read();
    const bill = await get("/releases/0ddba11/image.cdx.json");
    expect(bill.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "content-disposition": 'attachment; filename="0ddba11-image.cdx.json"',
    });
    expect(bill.json()).toMatchObject({ bomFormat: "CycloneDX" });
    expect((await get("/releases/0ddba11/report.json")).json()).toMatchObject({ passed: true });
    for (const url of [
      "/releases/0ddba11/bundle.zip",
      "/releases/none/report.json",
      "/releases/0ddba11/..%2f..%2fhead",
    ]) {
      expect([url, (await get(url)).statusCode]).toEqual([url, 404]);
    }
  });

  test("what is not there is 404, and what would change something is not there without a token", async () => {
    start();
    await read();
    for (const url of [
      "/runs/99",
      "/runs/x",
      "/releases/none",
      "/login",
      "/rollback",
      "/assets/../page.js",
      "/nothing",
    ]) {
      expect([url, (await get(url)).statusCode]).toEqual([url, 404]);
    }
    for (const url of ["/rollback", "/rollback/plan", "/login", "/logout", "/"]) {
      const { statusCode } = await server.inject({
        method: "POST",
        url,
        headers: { authorization: "Bearer x" },
      });
      expect([url, statusCode]).toEqual([url, 404]);
    }
  });

  test("its own files are known again", async () => {
    start();
    const { headers, statusCode } = await get("/assets/page.js");
    expect([statusCode, headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await get("/assets/page.js", { "if-none-match": String(headers.etag) })).statusCode).toBe(304);
  });

  test("a long trail is worked out once, when it is read to its end, and not for each part of it", async () => {
    const signer = signerOf(path.join(process.env["HMS_KEYS"] ?? "", "signing.pem"));
    folder = `${folder}/long`;
    writeTrail(folder, manyBodies(2_000), () => signer);
    start();
    const seen = new Set<unknown>();
    for (let state = ""; state !== "read";) {
      await setImmediate();
      const { trail } = board.facts();
      seen.add(trail.runs);
      ({ state } = trail);
    }
    expect([seen.size, board.facts().trail.runs.length]).toEqual([2, 200]);
  });

  test("a trail that is altered is told of, and shown no more", async () => {
    start();
    await read();
    fs.writeFileSync(`${entriesFolderOf(folder)}/00000002.json`, "{}");
    fs.appendFileSync(`${entriesFolderOf(folder)}/00000078.json`, " ");
    await until(() => board.facts().trail.state === "unreadable");
    const { body } = await get("/");
    expect(body).toContain("nothing here is known to be true");
    expect(body).not.toContain("0ddba11");
  });
});

describe("live", () => {
  test("an entry, a line of the log, a push and the lease are news within a second; silence is none", async () => {
    start();
    await read();
    const { changes, end } = await watch();
    await until(() => changes() >= 1);
    await sleep(600);
    const news = async (what: () => unknown): Promise<void> => {
      const before = changes();
      await what();
      expect(await until(() => changes() > before)).toBeLessThan(1_000);
      await sleep(600);
    };
    const quiet = changes();
    await sleep(700);
    expect(changes()).toBe(quiet);
    await news(() => story.begin("feed5ed", "One more"));
    expect((await get("/")).body).toContain("#7");
    await news(() => {
      story.say("🛂", "previews passed the policy", 3);
    });
    await news(() => enqueue({ commit: "5eed5eed5eed" }, `${folder}/queue`));
    let lease: Lease | undefined;
    await news(async () => {
      lease = await takeLease(folder);
    });
    expect((await get("/")).body).toContain("running");
    await news(() => lease?.release());
    end();
    await until(() => board.watchers === 0);
  });

  test("the server ends while somebody watches", async () => {
    start();
    const { changes } = await watch();
    await until(() => changes() >= 1);
    expect(board.watchers).toBe(1);
    const begun = performance.now();
    await server.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(board.watchers).toBe(0);
  });
});

describe("targets are asked", () => {
  test("not while nobody looks", async () => {
    start(allWell, 5);
    await sleep(600);
    expect(asked).toBe(0);
  });
  test("once for all who look, and again when the answers are too old; what they say is shown", async () => {
    start(allWell, 1);
    await Promise.all([get("/"), get("/runs"), get("/metrics")]);
    const viewers = [await watch(), await watch()];
    await until(async () => (await get("/")).body.includes("All 6 targets are current"));
    expect(asked).toBe(1);
    await until(() => asked === 3);
    for (const { end } of viewers) end();
    await until(() => board.watchers === 0);
    const before = asked;
    await sleep(1_500);
    expect(asked).toBe(before);
  });
  test("by who reads the metrics, too", async () => {
    start(allWell);
    await get("/metrics");
    expect(asked).toBe(1);
    await until(async () => (await get("/metrics")).body.includes("hms_targets_asked_age_seconds"));
  });
  test("what the trail says afterwards is shown at once", async () => {
    start(allWell);
    await read();
    await until(async () => (await get("/")).body.includes("All 6 targets are current"));
    directoryTrail(folder).append({
      type: "run-finished",
      run: 6,
      exitCode: 3,
      targets: { "cloud/cloud": { state: "stale", tag: "0ddba11", why: "unreachable: gone" } },
      stages: {},
    });
    expect(await until(async () => (await get("/")).body.includes("1 stale of 6 targets"))).toBeLessThan(
      1_000,
    );
  });
  test("and when they can't be, it says why, and shows what the trail says", async () => {
    start(() => Promise.reject(new Error("Stack cloud can't be opened")));
    await read();
    await get("/");
    await until(async () =>
      (await get("/")).body.includes("The targets can&#39;t be asked: Stack cloud can&#39;t be opened."),
    );
    expect((await get("/")).body).toContain("1 failed and 1 stale of 6 targets");
  });
});
