/**
 * The receiver's program: `receiver-server.ts PORT FOLDER`. It keeps each request as a file of its own, numbered in
 * the order in which they came.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";

/** A request as it is kept, and listed by `GET /requests`. */
export interface Kept {
  /** When it came, as ISO 8601. */
  readonly at: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it was sent; the receiver does not read it. */
  readonly body: string;
  /** What was answered. */
  readonly status: number;
}

/** The largest body it takes, in bytes. */
const largest = 4 * 1024 * 1024;

/**
 * A receiver that is not listening yet.
 *
 * Anything may be sent to it but to two paths: `GET /requests` lists what it got, as JSON; `POST /_fail` with
 * `{"times": N}` makes it answer the next N requests with 503. Those are kept, too.
 * @param folder - where requests are kept; it is made when it is missing
 */
export function receiverServer(folder: string): Server {
  mkdirSync(folder, { recursive: true });
  const files = (): string[] =>
    readdirSync(folder)
      .filter((name) => /^\d+\.json$/.test(name))
      .sort();
  let count = Number(files().at(-1)?.slice(0, -".json".length) ?? 0);
  let failures = 0;

  const keep = (request: Kept): void => {
    count += 1;
    const file = path.join(folder, `${String(count).padStart(6, "0")}.json`);
    writeFileSync(`${file}.part`, JSON.stringify(request, undefined, 2), { mode: 0o600 });
    renameSync(`${file}.part`, file);
  };
  const list = (): string =>
    `[${files()
      .map((name) => readFileSync(path.join(folder, name), "utf8"))
      .join(",")}]`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "/", headers } = request;
    const body = await bodyOf(request);
    if (body === undefined) return void response.writeHead(413).end();
    if (method === "GET" && url === "/requests") {
      return void response.writeHead(200, { "content-type": "application/json" }).end(list());
    }
    if (method === "POST" && url === "/_fail") {
      const times = timesIn(body);
      failures = times ?? failures;
      return void response.writeHead(times === undefined ? 400 : 204).end();
    }
    const status = failures > 0 ? 503 : 204;
    failures = Math.max(0, failures - 1);
    keep({ at: new Date().toISOString(), method, path: url, headers, body, status });
    response.writeHead(status).end();
  };
  return createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
}

/** The body as text; nothing when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largest) chunks.push(chunk);
  }
  return size > largest ? undefined : Buffer.concat(chunks).toString("utf8");
}

function timesIn(body: string): number | undefined {
  try {
    const { times } = JSON.parse(body) as { times?: unknown };
    return typeof times === "number" && Number.isInteger(times) && times >= 0 ? times : undefined;
  } catch {
    return undefined;
  }
}

if (require.main === module) {
  const [port, folder = ""] = process.argv.slice(2);
  receiverServer(folder).listen(Number(port), "127.0.0.1");
}
