/** Server-Sent Events: tells browsers that something has changed, and they fetch it. */
import type { FastifyInstance } from "fastify";
import type { Board } from "./board";

/** How many may watch at once; each holds a connection. */
const mostWatchers = 200;

/** Proxies cut connections on which nothing is said. */
const beatMilliseconds = 15_000;

/** Adds `/live`. */
export function addLive(server: FastifyInstance, board: Board): void {
  const endings = new Set<() => void>();
  server.get("/live", (request, reply) => {
    if (board.watchers >= mostWatchers) {
      return reply.code(503).header("retry-after", "30").send({ error: "Too many watch already." });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // nginx would keep it until there is more.
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    // Who comes back after a while has missed what changed meanwhile.
    raw.write("retry: 2000\n\nevent: change\ndata: begin\n\n");
    const unwatch = board.watch(() => {
      raw.write("event: change\ndata: more\n\n");
    });
    const beat = setInterval(() => {
      raw.write(": still here\n\n");
    }, beatMilliseconds);
    const end = (): void => {
      clearInterval(beat);
      unwatch();
      endings.delete(end);
      raw.end();
    };
    endings.add(end);
    request.raw.once("close", end);
    return reply;
  });
  server.addHook("preClose", (done) => {
    for (const end of [...endings]) end();
    done();
  });
}
