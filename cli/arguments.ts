/** How values on the command line are read. */
import { InvalidArgumentError } from "commander";

/** A run's or an entry's number. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError("Allowed: a whole number from 1.");
  }
  return Number(text);
}
