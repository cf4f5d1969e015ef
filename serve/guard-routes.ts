/** The guard's answers over HTTP: 204, or 503 with the reason. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import type { TargetId } from "../core/entry";
import type { Verdict } from "../core/guard";
import type { Guard } from "./guard";

/** Where a proxy asks about a request that it names in headers. */
export const routePath = "/guard/route";
/** Where Envoy asks: what follows is the request's own path. */
export const envoyPath = "/guard/envoy";
/** Where it is asked about targets: their names follow, with commas. */
export const targetsPath = "/guard/targets";
/** Where the guard says what it knows. */
export const healthPath = "/guard/health";

const noPath = {
  error: "The path of the request that this is about is missing, or is no path: send it as X-Original-URI.",
};

/** Adds the guard's routes to a server. */
export function addGuardRoutes(server: FastifyInstance, guard: Guard): void {
  // What a proxy asks has the method of the request that it is about; its body is of no interest.
  server.all(routePath, (request, reply) => {
    const { headers } = request;
    const target = headers["x-original-uri"] ?? headers["x-forwarded-uri"];
    const host = headers["x-original-host"] ?? headers["x-forwarded-host"] ?? headers.host;
    return answer(
      reply,
      typeof target === "string" ? guard.aboutRequest(target, String(host ?? "")) : undefined,
    );
  });
  const askedByEnvoy = (url: string, host: string, reply: FastifyReply): FastifyReply =>
    answer(reply, guard.aboutRequest(url.slice(envoyPath.length), host));
  server.all(`${envoyPath}/*`, (request, reply) =>
    askedByEnvoy(request.url, request.headers.host ?? "", reply),
  );

  server.get<{ Params: { "*": string } }>(`${targetsPath}/*`, (request, reply) => {
    const names = request.params["*"].split(",");
    const wrong = names.filter((name) => !targetName.safeParse(name).success);
    return wrong.length > 0
      ? reply
          .code(400)
          .send({ error: `${wrong.join(", ")}: no target's name; allowed: STACK/NAME, with commas.` })
      : answer(reply, guard.about(names as TargetId[]));
  });
  server.get(healthPath, (_request, reply) => {
    const { lastBeat, ...state } = guard.state();
    return reply.header("cache-control", "no-store").send({
      ...state,
      ...(lastBeat !== undefined && { lastBeat: new Date(lastBeat).toISOString() }),
    });
  });

  function answer(reply: FastifyReply, verdict: Verdict | undefined): FastifyReply {
    void reply.header("cache-control", "no-store");
    if (verdict === undefined) {
      return reply.code(400).send(noPath);
    }
    if (verdict.open) {
      return reply.code(204).send();
    }
    // nginx hands on headers of what it asked, and no body.
    const text = JSON.stringify(verdict);
    return reply
      .code(503)
      .header("retry-after", String(guard.settings.retryAfterSeconds))
      .header("x-guard-reason", text)
      .type("application/json; charset=utf-8")
      .send(text);
  }
}

const targetName = z.string().regex(/^[A-Za-z0-9._-]+\/[a-z][a-z0-9-]{0,30}$/);
