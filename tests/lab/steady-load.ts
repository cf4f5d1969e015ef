/** A steady load on a service, which counts every request that was not answered as it should be. */
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What came of a load. */
export interface Answers {
  /** Requests that were made. */
  readonly requests: number;
  /** What went wrong, each of the first hundred times that something did. */
  readonly failures: readonly string[];
  /** What was answered, and how often. */
  readonly bodies: ReadonlyMap<string, number>;
  /** The longest that an answer took, in milliseconds, but for slow ones. */
  readonly longestMs: number;
}

/** A load that is on until it is stopped. */
export interface Load {
  /** What came of it so far. */
  readonly answers: () => Answers;
  /** Lets the requests under way end, and says what came of all. */
  readonly stop: () => Promise<Answers>;
}

/**
 * Puts a load on a service: by connections that are kept alive, by a fresh one for each request, and by slow requests, for all
 * of which nothing is ever tried again.
 *
 * @param url what is asked for
 * @param slowUrl what is asked for by those who wait long for their answer. They post: that no proxy tries again, as it may a GET
 *   whose connection is lost @default nothing
 * @param pauseMs how long each visitor waits before the next request @default 20, and 30 where each has a fresh connection
 */
export function startLoad(url: string, slowUrl?: string, pauseMs?: number): Load {
  const failures: string[] = [];
  const bodies = new Map<string, number>();
  const state = { on: true, requests: 0, longestMs: 0 };
  const kept = new http.Agent({ keepAlive: true, maxSockets: 4 });
  const fresh = new http.Agent({ keepAlive: false });

  const visitor = async (agent: http.Agent, address: string, pause: number): Promise<void> => {
    while (state.on) {
      const begin = Date.now();
      state.requests += 1;
      try {
        const body = await ask(agent, address, address === url ? "GET" : "POST");
        bodies.set(body, (bodies.get(body) ?? 0) + 1);
      } catch (error) {
        if (failures.length < 100)
          failures.push(`${new Date().toISOString()} ${address}: ${(error as Error).message}`);
      }
      if (address === url) state.longestMs = Math.max(state.longestMs, Date.now() - begin);
      await sleep(pause);
    }
  };
  const visitors = [
    ...Array.from({ length: 4 }, () => visitor(kept, url, pauseMs ?? 20)),
    ...Array.from({ length: 4 }, () => visitor(fresh, url, pauseMs ?? 30)),
    ...(slowUrl === undefined ? [] : [kept, fresh].map((agent) => visitor(agent, slowUrl, 50))),
  ];
  const answers = (): Answers => ({ ...state, failures, bodies });
  return {
    answers,
    stop: async () => {
      state.on = false;
      await Promise.all(visitors);
      kept.destroy();
      return answers();
    },
  };
}

/** The body of an answer of 200, once all of it is there. */
function ask(agent: http.Agent, url: string, method: "GET" | "POST"): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent, method, timeout: 15_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => {
        if (response.statusCode === 200 && response.complete) resolve(body);
        else reject(new Error(`answered ${String(response.statusCode)} ${body}`));
      });
      response.on("error", reject);
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 15 s")));
    request.on("error", reject);
    request.end();
  });
}
