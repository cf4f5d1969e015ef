/** What differs between two sets of properties, by path. */
import { equal, isValues, type Value, type Values } from "./values";

/** One property that differs. */
export interface Change {
  /** The property, as a path: `triggers[0]`, `environment.HOME`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** Whether it can't be changed in place. */
  readonly replaces: boolean;
}

const simpleKey = /^[A-Za-z_$][\w$]*$/;

const inside = (path: string, key: string): string => {
  if (!simpleKey.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
};

const kindOf = (old: Value, now: Value): Change["kind"] => {
  if (old === undefined) return "add";
  return now === undefined ? "delete" : "update";
};

function compare(path: string, old: Value, now: Value): Omit<Change, "replaces">[] {
  if (equal(old, now)) return [];
  if (Array.isArray(old) && Array.isArray(now)) {
    const length = Math.max(old.length, now.length);
    return Array.from({ length }, (_, index) => compare(`${path}[${index}]`, old[index], now[index])).flat();
  }
  if (isValues(old) && isValues(now)) return compareAll(path, old, now);
  return [{ path, kind: kindOf(old, now) }];
}

const compareAll = (path: string, olds: Values, news: Values): Omit<Change, "replaces">[] =>
  [...new Set([...Object.keys(olds), ...Object.keys(news)])].flatMap((key) =>
    compare(inside(path, key), olds[key], news[key]),
  );

/**
 * The properties that differ, down to the leaves. A secret is one leaf.
 *
 * @param replacing which top-level properties can't be changed in place
 */
export const changesBetween = (olds: Values, news: Values, replacing: readonly string[] = []): Change[] =>
  Object.keys({ ...olds, ...news }).flatMap((key) =>
    compare(inside("", key), olds[key], news[key]).map((change) => ({
      ...change,
      replaces: replacing.includes(key),
    })),
  );
