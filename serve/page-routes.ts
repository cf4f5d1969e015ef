/** The status page over HTTP: all of it is read, and nothing can be changed by it. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";
import { releaseOf } from "../core/history";
import type { Board } from "./board";
import { evidenceOf, filesOf } from "./evidence";
import { renderMetrics } from "./metrics";
import { readLog } from "./pulse";
import type { Facts } from "./views/facts";
import { html } from "./views/html";
import { renderOverview } from "./views/overview";
import { type Page, renderPage } from "./views/page";
import { renderRelease, renderReleases } from "./views/release";
import { renderRun, renderRuns } from "./views/runs";
import { renderTimeline } from "./views/timeline";

/** Nothing but this server's own files, and no script but the one of the page. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What every answer with a page or a file says. */
export const pageHeaders = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  // Without it, a form would be sent with `Origin: null`.
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
} as const;

/** Sends a page. */
export function sendPage(reply: FastifyReply, facts: Facts, page: Page, code = 200): FastifyReply {
  return reply.code(code).headers(pageHeaders).type("text/html; charset=utf-8").send(renderPage(facts, page));
}

/** Says that there is no such page. */
function sendNothing(reply: FastifyReply, facts: Facts, what: string): FastifyReply {
  const main = html`<h1>There is no such page</h1>
    <p>${what}</p>`;
  return sendPage(reply, facts, { title: "Not found", part: "", main, isLive: false }, 404);
}

/**
 * Adds the pages, their files, and the metrics.
 *
 * @param folder the trail's
 */
export function addPageRoutes(server: FastifyInstance, board: Board, folder: string): void {
  addFiles(server);
  server.get("/", (_request, reply) => {
    const facts = board.facts();
    return sendPage(reply, facts, renderOverview(facts));
  });
  server.get<{ Querystring: { before?: string } }>("/runs", ({ query }, reply) => {
    const facts = board.facts();
    return sendPage(reply, facts, renderRuns(facts, numberIn(query.before)));
  });
  server.get<{ Params: { run: string } }>("/runs/:run", ({ params }, reply) => {
    const facts = board.facts();
    const run = facts.trail.runs.find((each) => String(each.run) === params.run);
    if (run === undefined) {
      return sendNothing(reply, facts, `The trail knows no run #${params.run}.`);
    }
    const { log } = facts.pulse;
    const lines = log.run === run.run ? log.lines : readLog(folder, run.run);
    return sendPage(reply, facts, renderRun(facts, run, lines));
  });
  server.get<{ Querystring: { before?: string } }>("/releases", ({ query }, reply) => {
    const facts = board.facts();
    return sendPage(reply, facts, renderReleases(facts, query.before));
  });
  server.get<{ Params: { tag: string } }>("/releases/:tag", ({ params: { tag } }, reply) => {
    const facts = board.facts();
    const listed = facts.trail.releases.find((each) => each.tag === tag);
    const release = releaseOf(facts.trail.entries, tag);
    if (listed === undefined || release === undefined) {
      return sendNothing(reply, facts, `The trail knows no release ${tag}.`);
    }
    const evidence = evidenceOf(folder, facts.trail.entries, release);
    return sendPage(reply, facts, renderRelease(facts, listed, release, evidence));
  });
  server.get<{ Params: { tag: string; file: string } }>("/releases/:tag/:file", ({ params }, reply) => {
    const facts = board.facts();
    const release = releaseOf(facts.trail.entries, params.tag);
    const text = release && filesOf(folder, facts.trail.entries, release).get(params.file);
    if (text === undefined) {
      return sendNothing(reply, facts, "There is no such file beside the trail.");
    }
    return reply
      .headers({
        ...pageHeaders,
        "content-disposition": `attachment; filename="${params.tag}-${params.file}"`,
      })
      .type(params.file.endsWith(".json") ? "application/json; charset=utf-8" : "text/plain; charset=utf-8")
      .send(text);
  });
  server.get<{ Querystring: { before?: string } }>("/timeline", ({ query }, reply) => {
    const facts = board.facts();
    return sendPage(reply, facts, renderTimeline(facts, numberIn(query.before)));
  });
  server.get("/metrics", async (_request, reply) => {
    const { text, type } = await renderMetrics(board.facts(), board.watchers);
    return reply.header("cache-control", "no-store").type(type).send(text);
  });
}

/** A number in a query; what is none sets no limit. */
function numberIn(text: unknown): number | undefined {
  return typeof text === "string" && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const files = [
  ["page.css", "text/css; charset=utf-8"],
  ["page.js", "text/javascript; charset=utf-8"],
  ["icon.svg", "image/svg+xml"],
] as const;

/** The page's own files, read once. */
function addFiles(server: FastifyInstance): void {
  for (const [name, type] of files) {
    const bytes = fs.readFileSync(path.join(__dirname, "page", name));
    const tag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
    server.get(`/assets/${name}`, (request, reply) => {
      void reply.headers({ ...pageHeaders, "cache-control": "no-cache", etag: tag }).type(type);
      return request.headers["if-none-match"] === tag ? reply.code(304).send() : reply.send(bytes);
    });
  }
}
