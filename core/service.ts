/** The service's own file, `pipeline.yml`: when it ships, how it is tested, what is built, what partners get. */
import path from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { messageOf, UserError } from "./errors";
import { isSchedule, scheduleForm } from "./schedule";
import { nearest } from "./suggest";
import { validate } from "./validate";

/** Where the file lies in the service's repository. */
export const serviceFile = "pipeline.yml";

/** What starts a run. */
export type Trigger =
  | { readonly kind: "push" }
  | {
      readonly kind: "schedule";
      /** Five cron fields, read in UTC: see `nextTime`. */
      readonly schedule: string;
    };

/** What a service says about itself. Paths are relative to the repository's root. */
export interface Service {
  readonly trigger: Trigger;
  /** The command that runs its tests, for `sh -c` in the repository's root. */
  readonly test: string;
  readonly build: {
    /** The folder that the image is built from. @default . */
    readonly context: string;
    /** @default Dockerfile in the context */
    readonly dockerfile: string;
  };
  /** The files that partners get, as paths or patterns such as `rules/**`. */
  readonly bundle: readonly string[];
}

/** A map with these keys and no others; an unknown one is answered with the one that was perhaps meant. */
function keys<S extends z.ZodRawShape>(shape: S, what: string): z.ZodObject<S, z.core.$strict> {
  const allowed = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `allowed: ${allowed.join(", ")}${meant(issue.keys, allowed)}`
        : what,
  });
}

function meant(found: readonly string[], allowed: readonly string[]): string {
  const words = found.flatMap((key) => nearest(key, allowed) ?? []);
  return words.length > 0 ? `; did you mean ${words.join(", ")}?` : "";
}

const isInside = (place: string): boolean =>
  !path.isAbsolute(place) && !/[\\\0]/.test(place) && !place.split("/").includes("..");

const inside = (what: string): z.ZodString => {
  const error = `${what} inside the repository, relative to its root`;
  return z.string({ error }).min(1, { error }).refine(isInside, { error });
};

const command = "the command that runs the tests, e.g. npm test";
const files = "a list of files or patterns, e.g. - rules/**";

const schema = keys(
  {
    on: z.literal("push", { error: "push, or schedule instead of on" }).optional(),
    schedule: z.string({ error: scheduleForm }).refine(isSchedule, { error: scheduleForm }).optional(),
    test: z.string({ error: command }).regex(/\S/, { error: command }),
    build: keys(
      { context: inside("a folder").default("."), dockerfile: inside("a file").optional() },
      "a map of context and dockerfile",
    ).prefault({}),
    bundle: z.array(inside("a file or pattern"), { error: files }).min(1, { error: files }),
  },
  "a map of on or schedule, test, build, bundle",
)
  .refine((service) => service.on !== undefined || service.schedule !== undefined, {
    path: ["on"],
    error: "push, or schedule instead of on",
  })
  .refine((service) => service.on === undefined || service.schedule === undefined, {
    path: ["schedule"],
    error: "on or schedule, not both",
  });

/**
 * What a service's file says.
 *
 * @param text the file
 * @param file its name, for errors
 * @throws UserError with a line per fault, e.g.
 *   `pipeline.yml: buidl: unknown key; allowed: on, schedule, test, build, bundle; did you mean build?`
 */
export function parseService(text: string, file: string): Service {
  const { schedule, test, build, bundle } = validate(schema, readYaml(text, file), { file });
  const dockerfile = build.dockerfile ?? path.posix.join(build.context, "Dockerfile");
  return {
    trigger: schedule === undefined ? { kind: "push" } : { kind: "schedule", schedule },
    test,
    build: { context: build.context, dockerfile },
    bundle,
  };
}

/** The value of a YAML document. Version 1.2 whatever it says of itself, so that `on` is no boolean. */
function readYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: "core" });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const what = fault.code === "MULTIPLE_DOCS" ? "a second document; keep one" : fault.message;
    throw new UserError(`${file}: line ${line}, column ${col}: ${what}`);
  }
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new UserError(`${file}: ${messageOf(error)}`);
  }
}
