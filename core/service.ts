/** The service's own file, `pipeline.yml`: when it ships, how it is tested, what is built, what partners get. */
import path from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { builtInSteps } from "./config/compliance";
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

/** A check that a service adds to those of the platform. */
export interface ServiceStep {
  readonly name: string;
  /** The command, for `sh -c` in a copy of the commit. It passes when it ends with 0. */
  readonly run: string;
  /** Seconds that it may take. @default 600 */
  readonly timeoutSeconds: number;
}

/** What a service says about itself. Paths are relative to the repository's root. */
export interface Service {
  readonly trigger: Trigger;
  /** The command that runs its tests, for `sh -c` in the repository's root. */
  readonly test: string;
  /** The JUnit XML file that the tests write: what ran and what failed is read there. @default none */
  readonly junit?: string;
  /** Checks of its own, beside those of the platform. @default none */
  readonly steps: readonly ServiceStep[];
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

const stepList = "a list of steps, each with name and run";
const stepName = "a name of its own: up to 60 letters, digits, spaces, dots and hyphens, a letter first";
const stepSeconds = "a whole number from 1 to 3600";

/** Letters alone: `Personal-Data` is no name beside `personal data`. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

const reserved = new Set([...builtInSteps, "exceptions"].map(bare));

const step = keys(
  {
    name: z
      .string({ error: stepName })
      .regex(/^[A-Za-z][A-Za-z0-9 .-]{0,59}$/, { error: stepName })
      .refine((name) => !reserved.has(bare(name)), {
        error: "a name of its own: a service can't drop or weaken a step of the platform",
      }),
    run: z.string({ error: "a command" }).regex(/\S/, { error: "a command" }),
    timeoutSeconds: z
      .int({ error: stepSeconds })
      .min(1, { error: stepSeconds })
      .max(3600, { error: stepSeconds })
      .default(600),
  },
  "a map of name, run, timeoutSeconds",
);

/** Keys by which a service would switch off a check. They are not merely unknown: who tries is told why not. */
const platformOnly =
  /^(skip.*|disable.*|exclude.*|ignore.*|allow.*|without|only|compliance|mandatory|exceptions?|rules|waivers?|governance|ethics|secrets|pii|personal.?data|banned.?apis?)$/i;

/**
 * The keys of a service's file that belong to the platform.
 *
 * @throws UserError with a line for each
 */
function refusePlatformKeys(value: unknown, file: string): void {
  const maps: [string, unknown][] = [["", value]];
  if (typeof value === "object" && value !== null && "steps" in value && Array.isArray(value.steps)) {
    maps.push(...value.steps.map((inner, index): [string, unknown] => [`steps[${index}].`, inner]));
  }
  const faults = maps
    .flatMap(([where, map]) =>
      typeof map === "object" && map !== null ? Object.keys(map).map((key) => [where, key] as const) : [],
    )
    .filter(([, key]) => platformOnly.test(key))
    .map(
      ([where, key]) =>
        `${file}: ${where}${key}: a service can add steps, and can't drop or weaken one of the platform. ` +
        `Remove it; ask the platform's owners for an exception.`,
    );
  if (faults.length > 0) {
    throw new UserError(faults.join("\n"));
  }
}

const schema = keys(
  {
    on: z.literal("push", { error: "push, or schedule instead of on" }).optional(),
    schedule: z.string({ error: scheduleForm }).refine(isSchedule, { error: scheduleForm }).optional(),
    test: z.string({ error: command }).regex(/\S/, { error: command }),
    junit: inside("a file").optional(),
    steps: z
      .array(step, { error: stepList })
      .refine((list) => new Set(list.map(({ name }) => bare(name))).size === list.length, {
        error: "steps with different names",
      })
      .default([]),
    build: keys(
      { context: inside("a folder").default("."), dockerfile: inside("a file").optional() },
      "a map of context and dockerfile",
    ).prefault({}),
    bundle: z.array(inside("a file or pattern"), { error: files }).min(1, { error: files }),
  },
  "a map of on or schedule, test, junit, steps, build, bundle",
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
 *   `pipeline.yml: buidl: unknown key; allowed: on, schedule, test, junit, steps, build, bundle; did you mean build?`
 */
export function parseService(text: string, file: string): Service {
  const value = readYaml(text, file);
  refusePlatformKeys(value, file);
  const { schedule, test, junit, steps, build, bundle } = validate(schema, value, { file });
  const dockerfile = build.dockerfile ?? path.posix.join(build.context, "Dockerfile");
  return {
    trigger: schedule === undefined ? { kind: "push" } : { kind: "schedule", schedule },
    test,
    ...(junit !== undefined && { junit }),
    steps,
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
