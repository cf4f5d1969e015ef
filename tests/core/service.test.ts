import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { UserError } from "../../core/errors";
import { parseService } from "../../core/service";

const parse = (...lines: string[]): ReturnType<typeof parseService> =>
  parseService(lines.join("\n"), "pipeline.yml");

/** What a user reads about these lines. */
function fault(...lines: string[]): string {
  try {
    parse(...lines);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("There is no fault.");
}

const good = ["on: push", "test: npm test", "bundle: [formula.js]"];

describe("what it says", () => {
  test("the example's own file", () => {
    const file = path.join(__dirname, "../../examples/flood-formula/pipeline.yml");
    expect(parseService(readFileSync(file, "utf8"), file)).toEqual({
      trigger: { kind: "push" },
      test: "npm test",
      steps: [],
      build: { context: ".", dockerfile: "Dockerfile" },
      bundle: ["formula.js", "rules/**"],
    });
  });

  test("the Dockerfile lies in the context unless told", () => {
    const build = (line: string): unknown => parse(...good, line).build;
    expect(build("build: {}")).toEqual({ context: ".", dockerfile: "Dockerfile" });
    expect(build("build: { context: app }")).toEqual({ context: "app", dockerfile: "app/Dockerfile" });
    expect(build("build: { context: app, dockerfile: ship/Dockerfile }")).toEqual({
      context: "app",
      dockerfile: "ship/Dockerfile",
    });
  });

  test("a schedule", () => {
    expect(parse("schedule: '0 * * * *'", "test: make test", "bundle: [a]").trigger).toEqual({
      kind: "schedule",
      schedule: "0 * * * *",
    });
  });

  test("on is a key, also where a file calls itself YAML 1.1, in which it would be true", () => {
    expect(parse("%YAML 1.1", "---", ...good).trigger).toEqual({ kind: "push" });
  });
});

describe("steps of its own", () => {
  test("are added to those of the platform", () => {
    expect(
      parse(...good, "junit: out/junit.xml", "steps: [{ name: lint, run: npm run lint }]"),
    ).toMatchObject({
      junit: "out/junit.xml",
      steps: [{ name: "lint", run: "npm run lint", timeoutSeconds: 600 }],
    });
  });

  test.each(["tests", "Secrets", "personal-data", "banned APIs", "governance", "exceptions"])(
    "none can take the place of %s",
    (name) => {
      expect(fault(...good, `steps: [{ name: ${name}, run: "true" }]`)).toBe(
        `pipeline.yml: steps[0].name: found "${name}"; allowed: a name of its own: a service can't drop or weaken ` +
          "a step of the platform",
      );
    },
  );

  test.each(["skip", "compliance", "mandatory", "exceptions", "ignore", "personal data", "skipSecrets"])(
    "the key %s is the platform's",
    (key) => {
      expect(fault(...good, `${key}: [secrets]`)).toBe(
        `pipeline.yml: ${key}: a service can add steps, and can't drop or weaken one of the platform. ` +
          "Remove it; ask the platform's owners for an exception.",
      );
    },
  );

  test("nor does a key of a step help", () => {
    expect(fault(...good, "steps: [{ name: lint, run: x, skip: true }]")).toMatch(
      /^pipeline\.yml: steps\[0\]\.skip: a service can add steps, and can't drop or weaken/,
    );
  });

  test("two of one name, no command, no time", () => {
    expect(fault(...good, "steps: [{ name: lint, run: x }, { name: Lint, run: y }]")).toMatch(
      /allowed: steps with different names$/,
    );
    expect(fault(...good, "steps: [{ name: lint }]")).toBe(
      "pipeline.yml: steps[0].run: missing; allowed: a command",
    );
    expect(fault(...good, "steps: [{ name: lint, run: x, timeoutSeconds: 0 }]")).toBe(
      "pipeline.yml: steps[0].timeoutSeconds: found 0; allowed: a whole number from 1 to 3600",
    );
  });
});

describe("what is wrong", () => {
  test("a key that is none, and the one that was meant", () => {
    expect(fault(...good, "buidl: { context: . }")).toBe(
      "pipeline.yml: buidl: unknown key; allowed: on, schedule, test, junit, steps, build, bundle; did you mean build?",
    );
    expect(fault(...good, "notify: me")).toBe(
      "pipeline.yml: notify: unknown key; allowed: on, schedule, test, junit, steps, build, bundle",
    );
    expect(fault(...good, "build: { dockerFile: x }")).toBe(
      "pipeline.yml: build.dockerFile: unknown key; allowed: context, dockerfile; did you mean dockerfile?",
    );
  });

  test("neither on nor schedule, and both", () => {
    expect(fault("test: npm test", "bundle: [a]")).toBe(
      "pipeline.yml: on: missing; allowed: push, or schedule instead of on",
    );
    expect(fault(...good, "schedule: '0 * * * *'")).toBe(
      'pipeline.yml: schedule: found "0 * * * *"; allowed: on or schedule, not both',
    );
    expect(fault("on: pull", "test: npm test", "bundle: [a]")).toBe(
      'pipeline.yml: on: found "pull"; allowed: push, or schedule instead of on',
    );
  });

  test.each(["61 * * * *", "0 0 31 2 *", "* * * * * *", "@hourly", "hourly", "2030-01-01T00:00:00", ""])(
    "the schedule %j",
    (schedule) => {
      expect(fault(`schedule: "${schedule}"`, "test: npm test", "bundle: [a]")).toBe(
        `pipeline.yml: schedule: found "${schedule}"; allowed: five cron fields (minute hour day month weekday) of ` +
          "a time that comes, e.g. '0 * * * *' for each full hour, UTC",
      );
    },
  );

  test("every fault has its line", () => {
    expect(fault("on: push", "test: ''", "bundle: rules")).toBe(
      'pipeline.yml: test: found ""; allowed: the command that runs the tests, e.g. npm test\n' +
        'pipeline.yml: bundle: found "rules"; allowed: a list of files or patterns, e.g. - rules/**',
    );
    expect(fault("on: push")).toBe(
      "pipeline.yml: test: missing; allowed: the command that runs the tests, e.g. npm test\n" +
        "pipeline.yml: bundle: missing; allowed: a list of files or patterns, e.g. - rules/**",
    );
  });

  test.each(["/etc/passwd", "../other/x", "a/../../x", "a\\\\b", ""])(
    "the path %j leads elsewhere",
    (place) => {
      const found = `found "${place}"; allowed:`;
      const where = "inside the repository, relative to its root";
      expect(fault("on: push", "test: x", `bundle: ["${place}"]`)).toBe(
        `pipeline.yml: bundle[0]: ${found} a file or pattern ${where}`,
      );
      expect(fault(...good, `build: { context: "${place}", dockerfile: "${place}" }`)).toBe(
        `pipeline.yml: build.context: ${found} a folder ${where}\n` +
          `pipeline.yml: build.dockerfile: ${found} a file ${where}`,
      );
    },
  );

  test("what is no map", () => {
    const allowed = "allowed: a map of on or schedule, test, junit, steps, build, bundle";
    expect(fault("")).toBe(`pipeline.yml: found null; ${allowed}`);
    expect(fault("- push")).toBe(`pipeline.yml: found ["push"]; ${allowed}`);
    expect(fault(...good, "build:")).toBe(
      "pipeline.yml: build: found null; allowed: a map of context and dockerfile",
    );
  });

  test("what is no YAML", () => {
    expect(fault("on: push", "test: {")).toMatch(/^pipeline\.yml: line 2, column \d+: [^\n]+$/);
    expect(fault(...good, "on: push")).toBe("pipeline.yml: line 4, column 1: Map keys must be unique");
    expect(fault(...good, "---", "on: push")).toMatch(
      /^pipeline\.yml: line 4, .*: a second document; keep one$/,
    );
    expect(fault("on: *nobody")).toMatch(/^pipeline\.yml: Unresolved alias .*nobody$/);
  });
});
