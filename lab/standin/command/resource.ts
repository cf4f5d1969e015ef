/** The life of a command, wherever it runs: which of its commands runs when, and what that makes of its outputs. */
import { randomBytes } from "node:crypto";
import { changesBetween } from "../provider/changes";
import { checkInputs } from "../provider/check";
import type { Context, Resource } from "../provider/provider";
import type { Fields } from "../provider/schema";
import { equal, hasUnknown, reveal, revealAll, unknown, type Values } from "../provider/values";

/** What a command wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** A place where commands run. */
export interface Kind {
  readonly fields: Fields;
  readonly refused?: Readonly<Record<string, string>>;
  /** Fills in what the inputs leave out, and marks what must stay secret. */
  readonly complete: (inputs: Values) => Values;
  /** Runs a command. The inputs are without marks of secrecy. */
  readonly run: (command: string, inputs: Values, previous: Output, context: Context) => Promise<Output>;
}

/** What all commands take. */
export const commonFields: Fields = {
  create: { type: "string" },
  update: { type: "string" },
  delete: { type: "string" },
  triggers: { type: "any-list" },
  environment: { type: "map" },
  stdin: { type: "string" },
  logging: { type: "string", pattern: /^(stdout|stderr|stdoutAndStderr|none)$/ },
  addPreviousOutputInEnv: { type: "boolean" },
};

const outputNames = ["stdout", "stderr"] as const;

const outputOf = (state: Values): Output => {
  const [stdout, stderr] = outputNames.map((name) => reveal(state[name]));
  return {
    stdout: typeof stdout === "string" ? stdout : "",
    stderr: typeof stderr === "string" ? stderr : "",
  };
};

const nothing: Output = { stdout: "", stderr: "" };

const inputsIn = (fields: Fields, state: Values): Values =>
  Object.fromEntries(Object.entries(state).filter(([key]) => fields[key]));

/** In a preview of an update, outputs are unknown if an input that was there before has another value, or none yet. */
const outdated = (state: Values, inputs: Values): boolean =>
  Object.entries(inputs).some(
    ([key, value]) => hasUnknown(value) || (state[key] !== undefined && !equal(state[key], value)),
  ) ||
  Object.keys(state).some((key) => !outputNames.some((name) => name === key) && inputs[key] === undefined);

/** The resource of a kind of command. */
export function commandResource(kind: Kind): Resource {
  const run = async (command: unknown, inputs: Values, previous: Output, context: Context) => {
    const plain = revealAll(inputs);
    return typeof command === "string" ? await kind.run(command, plain, previous, context) : previous;
  };

  return {
    check(request) {
      const plain = { ...request, inputs: revealAll(request.inputs) };
      const { failures } = checkInputs(kind.fields, plain, { defaults: false, refused: kind.refused });
      return { inputs: kind.complete(request.inputs), failures };
    },

    diff: ({ state, inputs }) => ({
      changes: changesBetween(inputsIn(kind.fields, state), inputs, ["triggers"]),
    }),

    async create({ name, inputs, preview }, context) {
      if (preview) return { id: "", outputs: { ...inputs, stdout: unknown, stderr: unknown } };
      const output = await run(reveal(inputs["create"]), inputs, nothing, context);
      return { id: `${name}${randomBytes(4).toString("hex")}`, outputs: { ...inputs, ...output } };
    },

    async update({ state, inputs, preview }, context) {
      const previous = outputOf(state);
      if (preview) {
        const output = outdated(state, inputs) ? { stdout: unknown, stderr: unknown } : previous;
        return { ...inputs, ...output };
      }
      const output = await run(reveal(inputs["update"] ?? inputs["create"]), inputs, previous, context);
      return { ...inputs, ...output };
    },

    // What a command left behind can't be asked for.
    read: ({ id, state }) => ({ id, outputs: state }),

    async delete({ state }, context) {
      await run(reveal(state["delete"]), inputsIn(kind.fields, state), outputOf(state), context);
    },
  };
}
