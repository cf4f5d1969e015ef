/**
 * What the user sees while things are made ready: one line a step, with the time since the command began. All of it
 * goes to standard error, so that the output of `lab env` stays clean.
 */

/** When `bootstrap.sh` began, in milliseconds since 1970. */
const began = Number(process.env["HMS_BEGAN"] ?? Math.floor(Date.now() / 1000)) * 1000;

/** `[01:15] ` for a step that happens so many seconds after the start. */
export const stamp = (seconds: number): string =>
  `[${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(Math.floor(seconds) % 60).padStart(2, "0")}]`;

/** Prints one line with the elapsed time in front. */
export function say(line: string): void {
  process.stderr.write(`${stamp((Date.now() - began) / 1000)} ${line}\n`);
}

/** How often a long step shows that it is alive, in milliseconds. */
const heartbeat = 15_000;

/**
 * Runs a step that may be long: says that it begins, says so again every 15 seconds, and how long it took.
 *
 * @param title of the step, as in `building the Pulumi engine`
 * @param expected what to expect of it, as in `about 3 minutes, once`
 */
export async function step<T>(title: string, work: () => Promise<T>, expected?: string): Promise<T> {
  const start = Date.now();
  const seconds = (): number => Math.round((Date.now() - start) / 1000);
  say(expected ? `${title} … (${expected})` : `${title} …`);
  const timer = setInterval(() => {
    say(`${title} … ${seconds()} s`);
  }, heartbeat);
  try {
    const result = await work();
    say(`${title}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
