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
import { startRollback } from "./rollback-start";
import { type Address, listen, makeServer, untilTold } from "./server";
import { makeGate, readToken } from "./token";

/** Where the page listens unless told otherwise. */
export const defaultPageAddress: Address = { host: "127.0.0.1", port: 4181 };

/** How the page is served. */
export interface ServeOptions {
  readonly listen?: Address;
  /** The guard's settings. @default the server answers nobody as a guard */
  readonly config?: string;
  /** The file with the token by which rollbacks may be asked for. @default HMS_SERVE_TOKEN_FILE, or nobody may */
  readonly tokenFile?: string;
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
  const { tokenFile = process.env["HMS_SERVE_TOKEN_FILE"] } = options;
  const gate = tokenFile === undefined || tokenFile === "" ? undefined : makeGate(readToken(tokenFile));
  const settings = config === undefined ? undefined : readGuard(config);
  if (gate !== undefined && !isLoopback(address.host)) {
    say(
      `the token travels unencrypted to ${address.host}: let a proxy with TLS stand before a loopback address, as docs/status-page.md shows`,
    );
  }
  const folder = trailFolder();
  const ask = (): Promise<Status> => {
    const { status } = require("../pipeline/status") as typeof import("../pipeline/status");
    return status({ stacks });
  };
  const server = makeServer(say, { trustProxy: "loopback" });
  const board = startBoard({ folder, ask, everySeconds, takesRollbacks: gate !== undefined, say });
  const guard: Guard | undefined = settings && startGuard(folder, settings, say);
  try {
    addPageRoutes(server, board, folder);
    addLive(server, board);
    if (guard !== undefined) addGuardRoutes(server, guard);
    if (gate !== undefined) {
      const { addRollbackRoutes } = require("./rollback-routes") as typeof import("./rollback-routes");
      const { planRollback } =
        require("../pipeline/rollback-plan") as typeof import("../pipeline/rollback-plan");
      const plan: typeof planRollback = (wanted) => planRollback({ ...wanted, stacks });
      addRollbackRoutes(server, { board, gate, plan, start: startRollback(stacks), say });
    }
    const told = untilTold();
    say(`listening at ${await listen(server, address)}`);
    await told;
  } finally {
    await server.close();
    board.close();
    guard?.close();
  }
}

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host);
