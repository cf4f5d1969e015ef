/** Rollbacks by the page. These routes are there only where the server has a token. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { messageOf, UserError } from "../core/errors";
import type { RollbackOptions } from "../pipeline/rollback";
import type { RollbackPlan } from "../pipeline/rollback-plan";
import type { Board } from "./board";
import { pageHeaders, sendPage } from "./page-routes";
import type { StartRollback } from "./rollback-start";
import { type Gate, sessionSeconds } from "./token";
import { renderLogin, renderPlan, renderWish, type Wish } from "./views/rollback";

/** What the routes need. */
export interface RollbackParts {
  readonly board: Board;
  readonly gate: Gate;
  readonly plan: (options: Omit<RollbackOptions, "onLine">) => Promise<RollbackPlan>;
  readonly start: StartRollback;
  /** Told in one sentence what an operator should know. */
  readonly say: (line: string) => void;
}

const cookieName = "hms_session";
const tooOften = "Too many wrong tokens came from this address. Wait a minute.";

/** Adds the routes. */
export function addRollbackRoutes(server: FastifyInstance, parts: RollbackParts): void {
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser(
      "application/x-www-form-urlencoded",
      { parseAs: "string" },
      (_request, body, parsed) => {
        parsed(null, Object.fromEntries(new URLSearchParams(String(body))));
      },
    );
    new RollbackRoutes(parts).addTo(scope);
    done();
  });
}

type Fields = Readonly<Record<string, unknown>>;

class RollbackRoutes {
  private isPlanning = false;
  private isStarted = false;

  constructor(private readonly parts: RollbackParts) {}

  addTo(server: FastifyInstance): void {
    const { board, gate } = this.parts;
    server.get("/login", (_request, reply) => sendPage(reply, board.facts(), renderLogin()));
    server.post("/login", (request, reply) => this.logIn(request, reply));
    server.post("/logout", (request, reply) => {
      if (!isOwnForm(request)) return this.sendForeign(reply);
      return redirect(reply.header("set-cookie", cookie(request, "", 0)), "/");
    });
    server.get("/rollback", (request, reply) =>
      gate.isSession(sessionIn(request))
        ? sendPage(reply, board.facts(), renderWish(board.facts()))
        : redirect(reply, "/login"),
    );
    server.post("/rollback/plan", async (request, reply) =>
      this.mayPost(request, reply) ? await this.showPlan(request, reply) : reply,
    );
    server.post("/rollback", (request, reply) =>
      this.mayPost(request, reply) ? this.begin(request, reply) : reply,
    );
  }

  private logIn(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { board, gate, say } = this.parts;
    if (!isOwnForm(request)) {
      return this.sendForeign(reply);
    }
    const verdict = gate.judge(field(request.body, "token", 1_000), request.ip);
    if (verdict === "right") {
      return redirect(
        reply.header("set-cookie", cookie(request, gate.session(), sessionSeconds)),
        "/rollback",
      );
    }
    say(`a login from ${request.ip} was refused: ${verdict}`);
    return verdict === "too-often"
      ? sendPage(reply.header("retry-after", "60"), board.facts(), renderLogin(tooOften), 429)
      : sendPage(reply, board.facts(), renderLogin("That is not the token of this server."), 401);
  }

  /** Whether a request may change anything; when not, it is answered. */
  private mayPost(request: FastifyRequest, reply: FastifyReply): boolean {
    const { gate, say } = this.parts;
    const bearer = bearerIn(request);
    if (bearer !== undefined) {
      // No browser sends this of itself: no other page can be behind it.
      const verdict = gate.judge(bearer, request.ip);
      if (verdict === "right") return true;
      say(`a token from ${request.ip} was refused: ${verdict}`);
      void (verdict === "too-often"
        ? reply.code(429).header("retry-after", "60").send({ error: tooOften })
        : reply
            .code(401)
            .header("www-authenticate", 'Bearer realm="hms"')
            .send({ error: "That is not the token of this server." }));
      return false;
    }
    if (!gate.isSession(sessionIn(request))) {
      void redirect(reply, "/login");
      return false;
    }
    if (!isOwnForm(request)) {
      this.sendForeign(reply);
      return false;
    }
    return true;
  }

  private async showPlan(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { board, plan } = this.parts;
    const wish = wishIn(request.body);
    if (wish.reason === "") {
      return this.refuse(request, reply, wish, "A reason is needed: the trail keeps it.");
    }
    if (this.isPlanning) {
      return this.refuse(request, reply, wish, "Another plan is being made. Try again in a moment.", 409);
    }
    this.isPlanning = true;
    // What comes into the trail from here on, the plan does not know.
    const seen = newestChange(board);
    try {
      const { to, target, reason } = wish;
      const made = await plan({ reason, ...(to !== "" && { to }), ...(target !== "" && { target }) });
      if (bearerIn(request) !== undefined) {
        return await reply.header("cache-control", "no-store").send({ ...made, seen });
      }
      const [move] = Object.values(made.moves);
      return await sendPage(
        reply,
        board.facts(),
        renderPlan(board.facts(), { ...wish, to: move?.to ?? to }, made, seen),
      );
    } catch (error) {
      if (error instanceof UserError) {
        return await this.refuse(request, reply, wish, error.message);
      }
      throw error;
    } finally {
      this.isPlanning = false;
    }
  }

  private begin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { board } = this.parts;
    const wish = wishIn(request.body);
    if (wish.reason === "" || wish.to === "") {
      return this.refuse(request, reply, wish, "A reason and a release are needed. Make a plan first.");
    }
    if (this.isStarted) {
      return this.refuse(request, reply, wish, "A rollback from this page is under way.", 409);
    }
    if (field(request.body, "seen", 12) !== String(newestChange(board))) {
      const text = "What targets should have has changed since the plan was made. Look at a new one.";
      return this.refuse(request, reply, wish, text, 409);
    }
    this.start(wish, request.ip);
    return bearerIn(request) === undefined ? redirect(reply, "/") : reply.code(202).send(wish);
  }

  private start(wish: Wish, from: string): void {
    const { board, start, say } = this.parts;
    const { to, reason } = wish;
    const asked = { time: new Date().toISOString(), to, reason };
    this.isStarted = true;
    board.note(asked);
    say(`a rollback to ${to} was asked for from ${from}`);
    const ended = (why: string | undefined): void => {
      this.isStarted = false;
      // One that failed later is in the trail, and on the page as any run.
      if (why !== undefined) {
        say(`the rollback to ${to} ended badly: ${why}`);
        board.note({ ...asked, why });
      }
    };
    start(wish).then(
      ({ exitCode, why }) => {
        ended(exitCode === 0 ? undefined : why);
      },
      (error: unknown) => {
        ended(messageOf(error));
      },
    );
  }

  /** Says what is wrong with what was sent: to a browser on the form, with what was filled in. */
  private refuse(
    request: FastifyRequest,
    reply: FastifyReply,
    wish: Wish,
    fault: string,
    code = 400,
  ): FastifyReply {
    const facts = this.parts.board.facts();
    return bearerIn(request) === undefined
      ? sendPage(reply, facts, renderWish(facts, wish, fault), code)
      : reply.code(code).send({ error: fault });
  }

  private sendForeign(reply: FastifyReply): FastifyReply {
    return reply.code(403).send({
      error: "This was sent by another page. Behind a proxy, hand on the Host that the browser names.",
    });
  }
}

/** The number of the newest entry that says what targets should have, or what there is to be had. */
function newestChange(board: Board): number {
  return (
    board
      .facts()
      .trail.entries.findLast(({ body }) => ["desired", "release", "rollback-started"].includes(body.type))
      ?.number ?? 0
  );
}

/**
 * Whether a form was sent by a page of this server. Browsers say where it comes from (Fetch Standard, `Origin`); one that does
 * not is refused.
 */
function isOwnForm({ headers, host }: FastifyRequest): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") {
    return false;
  }
  try {
    return new URL(headers.origin ?? "").host === host;
  } catch {
    return false;
  }
}

function bearerIn({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
}

function sessionIn({ headers }: FastifyRequest): string {
  const found = (headers.cookie ?? "").split(";").map((each) => each.trim().split("="));
  return found.find(([name]) => name === cookieName)?.[1] ?? "";
}

function cookie({ protocol }: FastifyRequest, value: string, seconds: number): string {
  const parts = [
    `${cookieName}=${value}`,
    "Path=/",
    `Max-Age=${String(seconds)}`,
    "HttpOnly",
    "SameSite=Strict",
  ];
  return [...parts, ...(protocol === "https" ? ["Secure"] : [])].join("; ");
}

function redirect(reply: FastifyReply, to: string): FastifyReply {
  return reply.headers(pageHeaders).redirect(to, 303);
}

function wishIn(body: unknown): Wish {
  return {
    to: field(body, "to", 64),
    target: field(body, "target", 128),
    reason: field(body, "reason", 500),
    who: field(body, "who", 100),
  };
}

/** One field, on one line. */
function field(body: unknown, name: string, most: number): string {
  const value = ((body ?? {}) as Fields)[name];
  return typeof value === "string"
    ? value
        .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
        .trim()
        .slice(0, most)
    : "";
}
