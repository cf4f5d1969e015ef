"use strict";

const http = require("node:http");
const formula = require("./formula");

/** How long requests may take to end once the service was told to stop. Docker waits ten seconds. */
const stopSeconds = Number(process.env.STOP_SECONDS || 8);

/** How long a connection that is kept open may wait for its next request. Each answer says so, and who keeps one lets go before. */
const keepAliveSeconds = 5;

/** When told to stop: for how long nobody has to have come, to end before that time is over. */
const quietSeconds = 0.5;

let stopping = false;
let lastRequest = 0;

/** A request that can't be answered as it stands. */
class BadRequest extends Error {}

/** A number of 0 or more from the query. */
function quantity(query, name) {
  const text = query.get(name)?.trim();
  const value = text ? Number(text) : NaN;
  if (!Number.isFinite(value) || value < 0) throw new BadRequest(`${name}: give a number of 0 or more`);
  return value;
}

function soilOf(query) {
  const soil = query.get("soil") ?? "";
  if (!formula.soils.includes(soil)) throw new BadRequest(`soil: give one of ${formula.soils.join(", ")}`);
  return soil;
}

function answerRisk(query) {
  const risk = formula.risk({
    rainfall: quantity(query, "rainfall"),
    elevation: quantity(query, "elevation"),
    soil: soilOf(query),
  });
  return {
    risk,
    level: formula.level(risk),
    formula: formula.version,
    release: process.env.RELEASE || undefined,
  };
}

/** Healthy is a service that takes requests and whose formula gives a number. */
function answerHealth() {
  const sample = formula.risk({ rainfall: 10, elevation: 1, soil: formula.soils[0] });
  if (stopping || !Number.isFinite(sample)) return [503, { status: "unhealthy" }];
  return [200, { status: "ok", formula: formula.version }];
}

function answer(request) {
  const { pathname, searchParams } = new URL(request.url, "http://service");
  if (request.method !== "GET" && request.method !== "HEAD") return [405, { error: "only GET is answered" }];
  if (pathname === "/healthz") return answerHealth();
  if (pathname === "/risk") return [200, answerRisk(searchParams)];
  return [404, { error: "ask /risk?rainfall=80&elevation=3&soil=clay" }];
}

/** The answer, or what its failure means to who asked. */
function answerSafely(request) {
  try {
    return answer(request);
  } catch (error) {
    if (error instanceof BadRequest || error.code === "ERR_INVALID_URL")
      return [400, { error: error.message }];
    console.error(error);
    return [request.url.startsWith("/healthz") ? 503 : 500, { error: "the formula failed" }];
  }
}

const server = http.createServer({ keepAliveTimeout: keepAliveSeconds * 1000 }, (request, response) => {
  lastRequest = Date.now();
  const [status, body] = answerSafely(request);
  const text = JSON.stringify(body) + "\n";
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    ...(stopping && { connection: "close" }),
  });
  response.end(request.method === "HEAD" ? undefined : text);
});

/**
 * Lets the requests under way end. A connection that is closed while it waits may be closed in the very moment of its next request,
 * which is lost then. So each may wait for as long as ever, is told by its next answer to be the last, and new ones are taken as long
 * as somebody still comes this way.
 */
function stop() {
  stopping = true;
  lastRequest = Date.now();
  const until = lastRequest + Math.min(keepAliveSeconds + 1, stopSeconds - 1) * 1000;
  const look = setInterval(() => {
    server.getConnections((_, open) => {
      const isQuiet = open === 0 && Date.now() - lastRequest > quietSeconds * 1000;
      if (!isQuiet && Date.now() < until) return;
      clearInterval(look);
      server.close();
    });
  }, 50);
  setTimeout(() => server.closeAllConnections(), stopSeconds * 1000).unref();
}

process.once("SIGTERM", stop);
process.once("SIGINT", stop);

server.listen(Number(process.env.PORT || 8080), process.env.HOST, () => {
  console.log(`flood-formula ${formula.version} listens on port ${server.address().port}`);
});
