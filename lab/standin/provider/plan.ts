/** Compares a resource's state with its inputs by a schema, and says what an operation will make of it. */
import type { Change } from "./changes";
import { defaultsKey } from "./check";
import { isBlocks, type Blocks, type Field, type Fields } from "./schema";
import { equal, hasUnknown, isValues, unknown, type Value, type Values } from "./values";

const isZero = (value: Value): boolean => {
  if (Array.isArray(value)) return value.length === 0;
  if (isValues(value))
    return Object.entries(value).every(([key, item]) => key === defaultsKey || isZero(item));
  return value === undefined || value === null || value === "" || value === 0 || value === false;
};

/** As the official plugins see it, an absent value is the same as an empty one. */
const alike = (old: Value, now: Value): boolean => (isZero(old) && isZero(now)) || equal(old, now);

const sorted = (value: Value): Value =>
  Array.isArray(value) && !hasUnknown(value) ? [...value].sort() : value;

const change = (path: string, old: Value, now: Value, replaces: boolean): Change => ({
  path,
  kind: isZero(old) ? "add" : isZero(now) ? "delete" : "update",
  replaces,
});

const items = (value: Value): Value[] => {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
};

const block = (value: Value): Values => (isValues(value) ? value : {});

/** Of a block that comes or goes, each property counts by itself. */
const replacing = (fields: Fields, value: Values): boolean =>
  Object.entries(fields).some(([key, field]) => field.replaces && !isZero(value[key]));

/** Blocks that have no equal among the others. */
const without = (
  fields: Fields,
  these: Value[],
  others: Value[],
  compare: (a: Values, b: Values) => Change[],
) => {
  const left = [...others];
  return these.filter((item) => {
    const index = left.findIndex((other) => compare(block(item), block(other)).length === 0);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
};

function blockSetChanges(path: string, { fields }: Blocks, olds: Value[], news: Value[]): Change[] {
  const gone = without(fields, olds, news, (old, now) => fieldsChanges("", fields, old, now));
  const come = without(fields, news, olds, (now, old) => fieldsChanges("", fields, old, now));
  return [
    ...gone.map((old) =>
      change(`${path}[${olds.indexOf(old)}]`, old, undefined, replacing(fields, block(old))),
    ),
    ...come.map((now) =>
      change(`${path}[${news.indexOf(now)}]`, undefined, now, replacing(fields, block(now))),
    ),
  ];
}

function blocksChanges(path: string, field: Blocks, old: Value, now: Value): Change[] {
  const [olds, news] = [items(old), items(now)];
  const counted = olds.length === news.length ? [] : [change(path, old, now, field.replaces ?? false)];
  if (field.type === "block-set") return [...counted, ...blockSetChanges(path, field, olds, news)];
  const longest = olds.length > news.length ? olds : news;
  const each = longest.flatMap((_, index) => {
    const inside = field.type === "block" ? path : `${path}[${index}]`;
    return fieldsChanges(inside, field.fields, block(olds[index]), block(news[index]));
  });
  return [...counted, ...each];
}

function fieldChanges(path: string, field: Field, old: Value, given: Value): Change[] {
  if (field.output) return [];
  const now = given ?? ("default" in field ? field.default : undefined);
  if (now === undefined && field.computed) return [];
  if (now === unknown) return [change(path, old, now, field.replaces ?? false)];
  if (field.same?.(old, now)) return [];
  if (isBlocks(field)) return blocksChanges(path, field, old, now);
  const [left, right] = field.type === "set" ? [sorted(old), sorted(now)] : [old, now];
  return alike(left, right) ? [] : [change(path, old, now, field.replaces ?? false)];
}

const fieldsChanges = (path: string, fields: Fields, olds: Values, news: Values): Change[] =>
  Object.entries(fields).flatMap(([key, field]) =>
    fieldChanges(path === "" ? key : `${path}.${key}`, field, olds[key], news[key]),
  );

/** What the inputs would change in the state. */
export const plannedChanges = (fields: Fields, state: Values, inputs: Values): Change[] =>
  fieldsChanges("", fields, state, inputs);

/**
 * Whether the old resource must go before the new one comes: it has a name that the program chose, and both would need it.
 */
export const needsName = (inputs: Values): boolean => {
  const made = inputs[defaultsKey];
  return Array.isArray(made) && !made.includes("name");
};

/** Properties without the list of defaults, at any depth. */
export const withoutDefaults = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key !== defaultsKey)
      .map(([key, value]) => [key, bare(value)]),
  );

const bare = (value: Value): Value => {
  if (Array.isArray(value)) return value.map(bare);
  return isValues(value) ? withoutDefaults(value) : value;
};

const promisedField = (field: Field, value: Value): Value => {
  if (value === undefined) {
    if ("default" in field) return field.default;
    return field.computed || field.output ? unknown : undefined;
  }
  if (!isBlocks(field)) return value;
  if (Array.isArray(value))
    return value.map((item) => (isValues(item) ? promised(field.fields, item) : item));
  return isValues(value) ? promised(field.fields, value) : value;
};

const promised = (fields: Fields, inputs: Values): Values =>
  Object.fromEntries(
    Object.entries(fields)
      .map(([key, field]) => [key, promisedField(field, inputs[key])] as const)
      .filter(([, value]) => value !== undefined),
  );

/** The outputs of a resource that is yet to be created: what the server will say is unknown. */
export const promisedOutputs = (fields: Fields, inputs: Values): Values =>
  promised(fields, withoutDefaults(inputs));

/** The state after an update in place: what did not change stays as it was read. */
export function updatedState(fields: Fields, state: Values, inputs: Values): Values {
  const news = withoutDefaults(inputs);
  const kept = Object.entries(fields).map(([key, field]) => {
    const changed = fieldChanges(key, field, state[key], news[key]).length > 0;
    return [key, changed ? news[key] : state[key]] as const;
  });
  return { ...state, ...Object.fromEntries(kept) };
}
