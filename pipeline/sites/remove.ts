/** `hms site remove`: takes away from a site what its enrolment has put there. */
import fs from "node:fs";
import path from "node:path";
import { homeOf, keysFileOf, requireWord } from "../../core/enrolment";
import type { TargetId } from "../../core/entry";
import { UserError } from "../../core/errors";
import { quote } from "../../core/quote";
import { parseFacts } from "../../core/site-facts";
import { openTrail } from "../../store/trail";
import { asRoot, type Login } from "./admin";
import { pinnedIn } from "./host-key";
import { findSite } from "./place";

/** Which site, and who removes it. */
export interface RemoveOptions {
  readonly name: string;
  /** The stack of the sites. @default onprem */
  readonly stack?: string;
  /** Who may become root there. @default root */
  readonly admin?: string;
  /** Path of the administrator's private key. @default what `ssh` tries */
  readonly adminKey?: string;
  /** Whether to take the service off, too: containers and files. @default false: it goes on as it is */
  readonly purge?: boolean;
  /** Whether to do it though the stack's settings list the site. @default false */
  readonly force?: boolean;
  /** Seconds to wait for the site to answer. @default 5 */
  readonly dialTimeoutSeconds?: number;
}

/** A removed site. Field names are stable: `--json` prints it. */
export interface RemoveResult {
  readonly target: TargetId;
  readonly host: string;
  readonly user: string;
  readonly purged: boolean;
  /** Whether the account is gone; other services of the site keep it. */
  readonly accountGone: boolean;
  /** The entry of the trail. */
  readonly entry: number;
}

/**
 * Removes an enrolment.
 *
 * @throws Unreachable when nobody answers, UserError when the stack still ships there, or there is no enrolment
 */
export async function remove(options: RemoveOptions): Promise<RemoveResult> {
  const { name, stack = "onprem", purge = false } = options;
  const { target, service, listed, enrolled, hostKeyFile } = await findSite(name, stack);
  if (enrolled === undefined) {
    throw new UserError(`${target} is not enrolled: the trail has nothing to take away.`);
  }
  if (options.force !== true && listed.some((site) => site.name === name)) {
    throw new UserError(
      `Pulumi.${stack}.yaml still lists ${name}: the next run would find no way in. Take it out there and run "pulumi up -s ${stack}", or say --force.`,
    );
  }
  const { host, sshPort, user, folder, keys, dockerHost = "" } = enrolled;
  const admin: Login = {
    ...{ name, host, sshPort, dialTimeoutSeconds: options.dialTimeoutSeconds ?? 5 },
    user: requireWord("account", "--admin", options.admin ?? "root"),
    ...(options.adminKey !== undefined && { privateKeyFile: path.resolve(options.adminKey) }),
    hostKey: pinnedIn(hostKeyFile) ?? enrolled.hostKey,
  };
  const facts = parseFacts(
    await asRoot(admin, `${read("check.sh")}\n${quote(["check", folder, user, dockerHost])}\n`),
  );
  const keysFile = keysFileOf(facts.keys, user, folder) ?? `${homeOf(folder)}/.ssh/authorized_keys`;
  const words = ["remove", folder, service, user, keysFile, purge ? "purge" : "keep", dockerHost, ...keys];
  const said = await asRoot(admin, `${read("remove.sh")}\n${quote(words)}\n`);
  const { number } = openTrail().append({
    ...{ type: "site-removed", target, service: enrolled.service, host, user, purged: purge },
  });
  fs.rmSync(path.resolve(hostKeyFile), { force: true });
  return { target, host, user, purged: purge, accountGone: said.includes("account=gone"), entry: number };
}

const read = (script: string): string => fs.readFileSync(path.join(__dirname, script), "utf8");
