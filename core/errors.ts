/** What can go wrong, in the words that decide what happens next (design §2, D5). */

/** A user's mistake: printed as its one sentence, without a stack trace. Exit code 1. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** The command line was used wrongly. Exit code 2. */
export class UsageError extends UserError {
  override readonly name = "UsageError";
}

/** Nobody answered at a target: it becomes *stale*, and the next run tries again. */
export class Unreachable extends Error {
  override readonly name: string = "Unreachable";
}

/** A site has no line, and has not said yet that it has its release: it is *stale* until somebody brings it on a medium. */
export class WaitsForMedium extends Unreachable {
  override readonly name: string = "WaitsForMedium";
}

/** A target answered, and said no: it has *failed*, and serves what it served before. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  const { message } = (thrown ?? {}) as { message?: unknown };
  return typeof message === "string" ? message : String(thrown);
}

/** The last line of what a program said that says anything: there it says why it failed. */
export function lastLine(text: string): string {
  return (
    text
      .trimEnd()
      .split("\n")
      .findLast((line) => line.trim() !== "")
      ?.trim() ?? ""
  );
}
