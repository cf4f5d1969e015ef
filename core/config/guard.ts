/** The guard's settings, `guard.yml`: which requests need which targets. */
import { parseDocument } from "yaml";
import { z } from "zod";
import type { TargetId } from "../entry";
import { UserError } from "../errors";
import { isPlainPath } from "../request-path";
import { validate } from "../validate";
import { count, settings } from "./common";

/** The file's name, unless another is given. */
export const guardFile = "guard.yml";

const target = z.custom<TargetId>(
  (value) => typeof value === "string" && /^[A-Za-z0-9._-]+\/[a-z][a-z0-9-]{0,30}$/.test(value),
  { error: "a target's name, STACK/NAME, e.g. onprem/anchorage" },
);
const targets = z
  .array(target, { error: "a list of targets, each STACK/NAME; [] for none" })
  .readonly()
  .refine((all) => new Set(all).size === all.length, { error: "each target once" });

const pathForm = "a path that begins with /, decoded, without //, . and ..; a last / means all below it";
const hostForm = "a host's name in lower case, without a port";

/** The keys of a route. */
export const routeSettings = settings({
  /** Which paths: `/map/` and all below it, or `/map` alone. */
  path: z.string({ error: pathForm }).refine(isPlainPath, { error: pathForm }),
  /** Which host, as the request says it. @default any */
  host: z
    .string({ error: hostForm })
    .regex(/^[a-z0-9.-]+$/, { error: hostForm })
    .optional(),
  /** The targets that such a request needs: all of them. */
  needs: targets,
});

const seconds = "a whole number of seconds from 5 to 3600, or none";

/** The keys of the file. */
export const guardSettings = settings({
  /** Which requests need which targets; the longest path that fits counts, and one with the request's host before one without. */
  routes: z
    .array(routeSettings, { error: "a list of routes, each with path and needs" })
    .min(1, { error: "a list of routes, each with path and needs" })
    .refine((all) => new Set(all.map(({ host = "", path }) => `${host} ${path}`)).size === all.length, {
      error: "each path once for each host",
    }),
  /** What a request needs that fits no route. @default none: it is never closed */
  otherwise: targets.default([]),
  /**
   * How many seconds old the pipeline's heartbeat may be before nothing is served that needs a target; `none` where nobody keeps
   * one, because runs are started by a hook alone.
   * @default 60
   */
  heartbeatSeconds: z.union([z.literal("none"), count(5, 3600)], { error: seconds }).default(60),
  /** What a closed answer tells to wait, in seconds: `Retry-After`. @default 30 */
  retryAfterSeconds: count(1, 3600).default(30),
});

/** The guard's settings, checked. */
export type GuardSettings = z.infer<typeof guardSettings>;

/**
 * Reads the text of a `guard.yml`.
 *
 * @throws UserError with a line per fault
 */
export function parseGuard(text: string, file: string): GuardSettings {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new UserError(`${file}: ${broken.message.split("\n")[0] ?? "no YAML"}`);
  }
  return validate(guardSettings, document.toJS(), { file });
}
