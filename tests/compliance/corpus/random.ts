/** Numbers that look random, and are the same on every run. */

export interface Random {
  /** From `from` to `to`, both included. */
  int(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
  /** So many digits, the first of them not zero. */
  digits(count: number): string;
  /** So many signs of an alphabet. */
  signs(count: number, alphabet: string): string;
}

/** A generator by its seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(from: readonly T[]): T => from[int(0, from.length - 1)] as T;
  const signs = (count: number, alphabet: string): string =>
    Array.from({ length: count }, () => alphabet.charAt(int(0, alphabet.length - 1))).join("");
  return { int, pick, signs, digits: (count) => `${int(1, 9)}${signs(count - 1, "0123456789")}` };
}
