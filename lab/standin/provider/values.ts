/** Property values as the Pulumi protocol sends them: plain JSON, in which some values are secret and some not yet known. */

/** What a protocol message holds. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The type of the value that is not known yet. */
class Unknown {
  readonly known = false;
}

/** A value that is not known yet: it stands for an output of a resource that a preview has not created. */
export const unknown = new Unknown();

/** A value that must never be shown or stored in plain text. */
export class Secret {
  constructor(readonly value: Value) {}
}

/** A property value. Absent properties are `undefined`; the protocol's nulls are dropped on the way in. */
export type Value = undefined | null | boolean | number | string | Value[] | Values | Secret | Unknown;

/** The properties of a resource, by name. */
export interface Values {
  [key: string]: Value;
}

const secretKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** How the protocol writes an unknown, one text for each type that is expected in its place; this one is the string's. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownTexts: ReadonlySet<string> = new Set([
  unknownText,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** True for a set of named values: neither a list, nor a secret, nor unknown, nor a scalar. */
export const isValues = (value: Value): value is Values =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Secret) &&
  !(value instanceof Unknown);

/** A value as it came over the wire. */
export function decode(raw: Json): Value {
  if (typeof raw === "string") return unknownTexts.has(raw) ? unknown : raw;
  if (Array.isArray(raw)) return raw.map(decode);
  if (raw === null || typeof raw !== "object") return raw;
  if (raw[secretKey] === secretSignature) return new Secret(decode(raw["value"] ?? null));
  return decodeAll(raw);
}

/** The properties of a message; an absent one has none. */
export function decodeAll(raw: Readonly<Record<string, Json>> | undefined): Values {
  const named = Object.entries(raw ?? {}).filter(([, value]) => value !== null);
  return Object.fromEntries(named.map(([key, value]) => [key, decode(value)]));
}

/** A value as it goes over the wire. */
export function encode(value: Value): Json {
  if (value instanceof Unknown) return unknownText;
  if (value === undefined) return null;
  if (value instanceof Secret) return { [secretKey]: secretSignature, value: encode(value.value) };
  if (Array.isArray(value)) return value.map(encode);
  return isValues(value) ? encodeAll(value) : value;
}

/** The properties for a message, without those that are undefined. */
export function encodeAll(values: Values): Record<string, Json> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([key, value]) => [key, encode(value)]));
}

/** The value without any mark of secrecy, at any depth. */
export function reveal(value: Value): Value {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map(reveal);
  return isValues(value) ? revealAll(value) : value;
}

/** The properties without any mark of secrecy. */
export const revealAll = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, reveal(value)]));

/** True if the value, or a part of it, is not known yet. */
export function hasUnknown(value: Value): boolean {
  if (value === unknown) return true;
  if (value instanceof Secret) return hasUnknown(value.value);
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isValues(value) && Object.values(value).some(hasUnknown);
}

/** True if both are the same value; a secret equals only a secret, an undefined property equals none. */
export function equal(left: Value, right: Value): boolean {
  if (left instanceof Secret || right instanceof Secret) {
    return left instanceof Secret && right instanceof Secret && equal(left.value, right.value);
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right)) return false;
    return left.length === right.length && left.every((value, index) => equal(value, right[index]));
  }
  if (!isValues(left) || !isValues(right)) return left === right;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equal(left[key], right[key]));
}
