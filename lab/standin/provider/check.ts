/** Checks inputs against a schema, and fills in the defaults as the official plugins do. */
import type { CheckRequest, CheckResult, Failure } from "./provider";
import { isBlocks, type Blocks, type Field, type Fields } from "./schema";
import { isValues, unknown, type Value, type Values } from "./values";

/** How a resource's inputs are completed. */
export interface CheckOptions {
  /** Whether defaults become inputs (and policies see them). @default true */
  readonly defaults?: boolean;
  /** Whether an absent `name` is made up from the resource's name. @default false */
  readonly autoname?: boolean;
  /** Inputs that the stand-in refuses, and why. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** The name of the property that lists which others are defaults. */
export const defaultsKey = "__defaults";

const expected: Record<Field["type"], string> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  any: "anything",
  "any-list": "a list",
  list: "a list of texts",
  set: "a list of texts",
  map: "texts by name",
  block: "a group of properties",
  blocks: "a list of groups of properties",
  "block-set": "a list of groups of properties",
};

const isText = (value: Value) => value === unknown || typeof value === "string";

function fits(field: Field, value: Value): boolean {
  switch (field.type) {
    case "any":
      return true;
    case "any-list":
      return Array.isArray(value);
    case "list":
    case "set":
      return Array.isArray(value) && value.every(isText);
    case "map":
      return isValues(value) && Object.values(value).every(isText);
    case "block":
      return isValues(value);
    case "blocks":
    case "block-set":
      return Array.isArray(value) && value.every((item) => item === unknown || isValues(item));
    default:
      return typeof value === field.type;
  }
}

interface Checked {
  readonly value: Value;
  readonly failures: readonly Failure[];
}

interface CheckedFields extends Checked {
  readonly value: Values;
}

const fine = (value: Value): Checked => ({ value, failures: [] });

const wrong = (property: string, value: Value, reason: string): Checked => ({
  value,
  failures: [{ property, reason }],
});

function checkBlocks(path: string, field: Blocks, value: Value, defaults: boolean): Checked {
  if (isValues(value)) return checkFields(path, field.fields, value, defaults);
  const items = (value as Value[]).map((item, index) =>
    isValues(item) ? checkFields(`${path}[${index}]`, field.fields, item, defaults) : fine(item),
  );
  return { value: items.map((item) => item.value), failures: items.flatMap(({ failures }) => failures) };
}

function checkField(path: string, field: Field, value: Value, defaults: boolean): Checked {
  if (value === unknown) return fine(value);
  if (value === undefined) {
    return field.required ? wrong(path, value, `"${path}" is missing: it must be given.`) : fine(value);
  }
  if (!fits(field, value)) return wrong(path, value, `"${path}" must be ${expected[field.type]}.`);
  if (isBlocks(field)) return checkBlocks(path, field, value, defaults);
  if ("pattern" in field && field.pattern && !field.pattern.test(value as string)) {
    return wrong(
      path,
      value,
      `"${path}" is "${value as string}", which does not match ${String(field.pattern)}.`,
    );
  }
  return fine(value);
}

function withDefaults(fields: Fields, given: Values): Values {
  const missing = Object.entries(fields).flatMap(([key, field]) =>
    "default" in field && given[key] === undefined ? [[key, field.default] as const] : [],
  );
  return { ...given, ...Object.fromEntries(missing), [defaultsKey]: missing.map(([key]) => key).sort() };
}

function checkFields(path: string, fields: Fields, given: Values, defaults: boolean): CheckedFields {
  const inside = (key: string) => (path === "" ? key : `${path}.${key}`);
  const unexpected = Object.keys(given)
    .filter((key) => key !== defaultsKey && (!fields[key] || fields[key].output))
    .map((key) => ({ property: inside(key), reason: `"${inside(key)}" is not an input of this resource.` }));
  const checked = Object.entries(fields)
    .filter(([, field]) => !field.output)
    .map(([key, field]) => [key, checkField(inside(key), field, given[key], defaults)] as const);
  const values = Object.fromEntries(
    checked.filter(([, { value }]) => value !== undefined).map(([key, { value }]) => [key, value]),
  );
  return {
    value: defaults ? withDefaults(fields, values) : values,
    failures: [...unexpected, ...checked.flatMap(([, { failures }]) => failures)],
  };
}

/** The name of the last update if it was made up then, else a new one: `web-3f9a1c2`. */
function autoname({ name, oldInputs, seed }: CheckRequest): string {
  const made = oldInputs[defaultsKey];
  const old = oldInputs["name"];
  if (typeof old === "string" && Array.isArray(made) && made.includes("name")) return old;
  return `${name}-${Buffer.from(seed).toString("hex").padEnd(7, "0").slice(0, 7)}`;
}

function named(request: CheckRequest): Values {
  const { inputs } = request;
  if (inputs["name"] !== undefined) return inputs;
  return { ...inputs, name: autoname(request) };
}

/** The inputs with their defaults, and everything that is wrong with them. */
export function checkInputs(fields: Fields, request: CheckRequest, options: CheckOptions = {}): CheckResult {
  const { defaults = true, autoname: names = false, refused = {} } = options;
  const given = names ? named(request) : request.inputs;
  const { value, failures } = checkFields("", fields, given, defaults);
  const madeUp = given !== request.inputs && Array.isArray(value[defaultsKey]);
  const inputs = madeUp
    ? { ...value, [defaultsKey]: [...(value[defaultsKey] as string[]), "name"].sort() }
    : value;
  const refusals = Object.entries(refused)
    .filter(([key]) => inputs[key] !== undefined && inputs[key] !== false)
    .map(([property, reason]) => ({ property, reason }));
  return { inputs, failures: [...failures, ...refusals] };
}
