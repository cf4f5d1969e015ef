/** Schemas of the resources that the official plugins take over from Terraform providers. */
import type { Value } from "./values";

interface Common {
  /** Whether the program must give it. @default false */
  readonly required?: boolean;
  /** Whether it is never given, only read. @default false */
  readonly output?: boolean;
  /** Whether the server fills it in when the program does not. @default false */
  readonly computed?: boolean;
  /** Whether a change makes a new resource. @default false */
  readonly replaces?: boolean;
  /** Says that a change is none. @default never */
  readonly same?: (old: Value, now: Value) => boolean;
}

/** One text, number or truth value. */
export interface Scalar extends Common {
  readonly type: "string" | "number" | "boolean";
  readonly default?: string | number | boolean;
  /** What a text must look like. @default anything */
  readonly pattern?: RegExp;
}

/** Whatever the program gives. */
export interface Anything extends Common {
  readonly type: "any" | "any-list";
}

/** Texts, in order or (a set) not. */
export interface Texts extends Common {
  readonly type: "list" | "set";
}

/** Texts by name. */
export interface TextMap extends Common {
  readonly type: "map";
}

/** One or more groups of properties: at most one, in order, or (a set) not. */
export interface Blocks extends Common {
  readonly type: "block" | "blocks" | "block-set";
  readonly fields: Fields;
}

/** What a property may hold, and what a change of it means. */
export type Field = Scalar | Anything | Texts | TextMap | Blocks;

/** The properties of a resource or of a block, by Pulumi's names. */
export type Fields = Readonly<Record<string, Field>>;

/** True for a field that holds groups of properties. */
export const isBlocks = (field: Field): field is Blocks => "fields" in field;
