/** Draws texts of given kinds of characters. */
import { randomInt } from "node:crypto";

/** What a text is made of. */
export interface Characters {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** The special characters; empty for `!@#$%&*()-_=+[]{}<>:?`. */
  readonly specials: string;
}

const lowers = "abcdefghijklmnopqrstuvwxyz";
const uppers = lowers.toUpperCase();
const digits = "0123456789";
const usualSpecials = "!@#$%&*()-_=+[]{}<>:?";

/** The shortest text that holds the wanted numbers of characters. */
export const smallestLength = ({ minUpper, minLower, minNumeric, minSpecial }: Characters): number =>
  Math.max(1, minUpper + minLower + minNumeric + minSpecial);

const pick = (from: string, count: number): string[] =>
  Array.from({ length: count }, () => from.charAt(randomInt(from.length)));

function shuffled(characters: string[]): string[] {
  const left = [...characters];
  return characters.map(() => left.splice(randomInt(left.length), 1).join(""));
}

/** A random text, from the system's secure source of randomness. */
export function drawText(wanted: Characters): string {
  const specials = wanted.specials === "" ? usualSpecials : wanted.specials;
  const all = [
    wanted.upper ? uppers : "",
    wanted.lower ? lowers : "",
    wanted.numeric ? digits : "",
    wanted.special ? specials : "",
  ].join("");
  const least = [
    ...pick(uppers, wanted.minUpper),
    ...pick(lowers, wanted.minLower),
    ...pick(digits, wanted.minNumeric),
    ...pick(specials, wanted.minSpecial),
  ];
  return shuffled([...least, ...pick(all, wanted.length - least.length)]).join("");
}
