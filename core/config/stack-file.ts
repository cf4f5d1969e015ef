/** The configuration that a stack's own file holds, where the file says all that Pulumi would say of it. */
import { isDeepStrictEqual } from "node:util";
import { parse, type Tags } from "yaml";

/**
 * Reads `Pulumi.STACK.yaml` as Pulumi does: a value is a text, and what is structured is JSON, its keys in order.
 *
 * @param text what is in the file
 * @returns undefined where only Pulumi knows: there are secrets, or values of an environment (ESC); or something is written in a
 *   way that YAML 1.1 and 1.2 read differently, as `0123456`, `1_000` and dates; or it is no stack's file
 */
export function configInFile(text: string): Record<string, string> | undefined {
  // A directive may say another version, and a tag another type.
  if (/^%|(?:^|[\s,[{])!/m.test(text)) {
    return undefined;
  }
  let file: unknown;
  try {
    file = parse(text);
    const [old, now] = (["1.1", "1.2"] as const).map(
      (version) => parse(text, { version, customTags }) as unknown,
    );
    if (!isDeepStrictEqual(old, now)) {
      return undefined;
    }
  } catch {
    return undefined;
  }
  if (!isMap(file) || "environment" in file) {
    return undefined;
  }
  const { config = {} } = file;
  // A key without a namespace has the project's; one of old has a word more.
  return isMap(config) && isPlain(config) && Object.keys(config).every((key) => /^[^:]+:[^:]+$/.test(key))
    ? Object.fromEntries(Object.entries(config).map(([key, value]) => [key, textOf(value)]))
    : undefined;
}

/** The words for true and false are those of 1.2 to Pulumi: `on` and `yes` are texts. */
const customTags = (tags: Tags): Tags =>
  tags.filter((tag) => typeof tag === "string" || tag.tag !== "tag:yaml.org,2002:bool");

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value, (_, each: unknown) => inOrder(each));

const inOrder = (value: unknown): unknown =>
  isMap(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is as any reader of YAML takes it. Pulumi encrypts a secret, and puts it into a map of the key `secure`. */
function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) {
    return value.every(isPlain);
  }
  return isMap(value)
    ? !("secure" in value) && Object.values(value).every(isPlain)
    : typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
}
