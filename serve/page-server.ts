/** `hms serve`: the status page, metrics, and where it is asked for the guard, by one server. */
/* eslint-disable @typescript-eslint/no-require-imports -- what asks targets loads Pulumi: the first page does not wait for it */
import type { Status } from "../pipeline/status";
import { trailFolder } from "../store/project";
import { startBoard } from "./board";
import { type Guard, startGuard } from "./guard";
import { addGuardRoutes } from "./guard-routes";
import { readGuard } from "./guard-server";
import { addLive } from "./live";
import { addPageRoutes } from "./page-routes";
import { type Address, listen, makeServer, untilTold } from "./server";

/** Where the page listens unless told otherwise. */
export const defaultPageAddress: Address = { host: "127.0.0.1", port: 4181 };

/** How the page is served. */
export interface ServeOptions {
  readonly listen?: Address;
  /** The guard's settings. @default the server answers nobody as a guard */
  readonly config?: string;
  /** How long what targets answered is good for, in seconds. */
  readonly everySeconds: number;
  /** The stacks whose targets are asked. @default as everywhere */
  readonly stacks?: readonly string[];
}

/** Answers until the process is told to end. */
export async function serve(options: ServeOptions): Promise<void> {
  const { listen: address = defaultPageAddress, config, stacks, everySeconds } = options;
  const say = (line: string): void => {
    process.stderr.write(`serve: ${line}\n`);
  };
  const settings = config === undefined ? undefined : readGuard(config);
  const folder = trailFolder();
  const ask = (): Promise<Status> => {
    const { status } = require("../pipeline/status") as typeof import("../pipeline/status");
    return status({ stacks });
  };
  const server = makeServer(say, { trustProxy: "loopback" });
  const board = startBoard({ folder, ask, everySeconds, say });
  const guard: Guard | undefined = settings && startGuard(folder, settings, say);
  try {
    addPageRoutes(server, board, folder);
    addLive(server, board);
    if (guard !== undefined) addGuardRoutes(server, guard);
    const told = untilTold();
    say(`listening at ${await listen(server, address)}`);
    await told;
  } finally {
    await server.close();
    board.close();
    guard?.close();
  }
}
