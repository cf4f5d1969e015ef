/** How a site is enrolled: where things lie on it, and the line that lets the account in. Pure. */
import type { Body, Entry, TargetId } from "./entry";
import { UserError } from "./errors";
import { newest } from "./history";

/** What an enrolment of a site left in the trail. */
export type Enrolled = Extract<Body, { type: "site-enrolled" }>;

/** The entry of a site's enrolment, unless the site was removed since. */
export function enrolmentOf(
  entries: readonly Entry[],
  target: TargetId,
): (Entry & { readonly body: Enrolled }) | undefined {
  const enrolled = newest(entries, "site-enrolled", (body) => body.target === target);
  const removed = newest(entries, "site-removed", (body) => body.target === target);
  return enrolled !== undefined && enrolled.number > (removed?.number ?? 0) ? enrolled : undefined;
}

/** The kinds of word that end up in commands and files of a site. */
const words = {
  host: [/^[A-Za-z0-9][A-Za-z0-9.:-]*$/, "a host name or an address"],
  account: [/^[a-z_][a-z0-9_-]{0,31}$/, "up to 32 lower-case letters, digits, _ and -, a letter first"],
  name: [/^[a-z][a-z0-9-]{0,30}$/, "up to 31 lower-case letters, digits and hyphens, a letter first"],
  folder: [
    /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/,
    "an absolute path of letters, digits, dots, hyphens and underscores",
  ],
  engine: [/^unix:\/\/(\/[A-Za-z0-9_.-]+)+$/, "unix://PATH of the socket of a docker engine"],
} as const;

/**
 * A word that a shell, sshd and the gate take as it is.
 *
 * @param option what the user gave it with, for the error: `--folder`
 * @throws UserError when it has other characters
 */
export function requireWord(kind: keyof typeof words, option: string, value: string): string {
  const [pattern, allowed] = words[kind];
  if (!pattern.test(value)) {
    throw new UserError(`${option}: found ${JSON.stringify(value)}; allowed: ${allowed}`);
  }
  return value;
}

/** Where the gate of a service lies on a site. */
export const gateOf = (folder: string, service: string): string => `${folder}/.gate/${service}/gate.sh`;

/** The home of the account: nothing in it is its own. */
export const homeOf = (folder: string): string => `${folder}/.account`;

/**
 * The line of `authorized_keys` (sshd(8)) that lets a key in to the gate, and to nothing else: no terminal, no forwarding.
 *
 * @param publicKey `TYPE BASE64`
 */
export function authorizedKey(gate: string, publicKey: string, comment: string): string {
  return `restrict,command="sh ${gate}" ${publicKey} ${comment}`;
}

/**
 * The file that sshd reads an account's keys from; undefined when it is everybody's.
 *
 * @param said what sshd says of `AuthorizedKeysFile`: names with tokens, as in sshd_config(5)
 */
export function keysFileOf(said: string, account: string, folder: string): string | undefined {
  const home = homeOf(folder);
  const [pattern = ".ssh/authorized_keys"] = said.split(/\s+/).filter((word) => word !== "");
  if (pattern === "none" || (pattern.startsWith("/") && !/%[hu]/.test(pattern))) {
    return undefined;
  }
  const file = pattern.replaceAll(
    /%([hu%])/g,
    (_, token: string) => ({ h: home, u: account, "%": "%" })[token] ?? "",
  );
  return file.startsWith("/") ? file : `${home}/${file}`;
}

/** A script in one piece: what it reads from its own folder, `bin`, stands in its place. @param files by name */
export function inOnePiece(name: string, files: ReadonlyMap<string, string>): string {
  const text = files.get(name);
  if (text === undefined) {
    throw new Error(`there is no script ${name}`);
  }
  return text.replaceAll(/^\. "?\$?bin\/([\w-]+\.sh)"?$/gm, (_, part: string) => inOnePiece(part, files));
}
