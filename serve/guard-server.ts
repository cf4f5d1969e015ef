/** `hms guard serve`: the guard by itself. */
import fs from "node:fs";
import path from "node:path";
import { type GuardSettings, parseGuard } from "../core/config/guard";
import { messageOf, UserError } from "../core/errors";
import { formatTable } from "../core/format";
import { projectFolder, trailFolder } from "../store/project";
import { startGuard } from "./guard";
import { addGuardRoutes } from "./guard-routes";
import { type Address, defaultGuardAddress, listen, makeServer, untilTold } from "./server";

/**
 * The guard's settings.
 *
 * @param file absolute, or relative to the project's folder
 * @throws UserError when it is not there, or wrong
 */
export function readGuard(file: string): GuardSettings {
  const place = path.resolve(projectFolder, file);
  let text: string;
  try {
    text = fs.readFileSync(place, "utf8");
  } catch (error) {
    throw new UserError(
      `${file} can't be read (${messageOf(error)}). Say in it which requests need which targets, as docs/guard.md shows, or name another with --config.`,
    );
  }
  return parseGuard(text, file);
}

/** Answers until the process is told to end. */
export async function serveGuard({
  config,
  listen: address = defaultGuardAddress,
}: {
  readonly config: string;
  readonly listen?: Address;
}): Promise<void> {
  const say = (line: string): void => {
    process.stderr.write(`guard: ${line}\n`);
  };
  const settings = readGuard(config);
  const guard = startGuard(trailFolder(), settings, say);
  const server = makeServer(say);
  try {
    addGuardRoutes(server, guard);
    const told = untilTold();
    say(`listening at ${await listen(server, address)}`);
    await told;
  } finally {
    await server.close();
    guard.close();
  }
}

/** The settings as a table, for people. */
export function formatGuard({ routes, otherwise, heartbeatSeconds }: GuardSettings): string {
  const names = (needs: readonly string[]): string => (needs.length === 0 ? "nothing" : needs.join(", "));
  const rows = routes.map(({ host = "any", path: place, needs }) => [host, place, names(needs)]);
  const heart =
    heartbeatSeconds === "none"
      ? "No heartbeat is asked for."
      : `The pipeline's heartbeat may be ${String(heartbeatSeconds)} s old.`;
  return `${formatTable([["HOST", "PATH", "NEEDS"], ...rows, ["any", "any other", names(otherwise)]])}\n${heart}`;
}
