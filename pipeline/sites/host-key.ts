/** A site's host key: asked for, confirmed, pinned in a file. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { lastLine, Unreachable, UserError } from "../../core/errors";
import { chooseHostKey, type HostKey, onConsole, typeOf } from "../../core/host-key";
import { fingerprint as fingerprintOf, parseHostKeys } from "../../probe/inbox/hostkey";
import { writeWholeFile } from "../../store/whole-file";

/** Whose key it is, and what is known of it. */
export interface HostKeyQuestion {
  readonly host: string;
  readonly sshPort: number;
  readonly dialTimeoutSeconds: number;
  /** What the user says that it must be: `SHA256:…`. */
  readonly fingerprint?: string;
  /** The key that was pinned before: `TYPE BASE64`. */
  readonly pinned?: string;
  /** Asks whoever sits there; absent when nobody does. Takes `yes`, or the fingerprint itself. */
  readonly ask?: (question: string) => Promise<string>;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
}

/** A key with its fingerprint. @param key `TYPE BASE64` */
export const hostKeyOf = (key: string): HostKey => ({
  key,
  fingerprint: fingerprintOf(Buffer.from(key.split(" ")[1] ?? "", "base64")),
});

/** The argv that asks a host for its keys. */
export const scanArgv = (host: string, port: number, seconds: number): string[] => [
  ...["ssh-keyscan", "-T", String(seconds), "-p", String(port), "-t", "ed25519,ecdsa,rsa", host],
];

/**
 * The key to pin: named, pinned before, or confirmed by somebody.
 *
 * @throws Unreachable when the host shows no key, UserError when it shows the wrong one, or nobody confirms it
 */
export async function settleHostKey(question: HostKeyQuestion): Promise<HostKey> {
  const { host, fingerprint, pinned, ask, say } = question;
  const shown = await scan(question);
  for (const each of shown) {
    say(`${host} shows ${each.fingerprint} (${typeOf(each)})`);
  }
  const { chosen, confirm } = chooseHostKey({
    host,
    shown,
    fingerprint,
    ...(pinned !== undefined && { pinned: hostKeyOf(pinned) }),
  });
  if (!confirm) {
    return chosen;
  }
  if (ask === undefined) {
    throw new UserError(
      `Nobody is here to confirm that ${chosen.fingerprint} (${typeOf(chosen)}) is the key of ${host}. ${onConsole}: run this again with --fingerprint and what it prints.`,
    );
  }
  const answer = (
    await ask(
      `${onConsole}.\nIs ${chosen.fingerprint} (${typeOf(chosen)}) the key of ${host}? yes, or the fingerprint: `,
    )
  ).trim();
  if (answer !== "yes" && answer !== chosen.fingerprint) {
    throw new UserError(`The key of ${host} was not confirmed: nothing was done.`);
  }
  return chosen;
}

async function scan({ host, sshPort, dialTimeoutSeconds }: HostKeyQuestion): Promise<HostKey[]> {
  const [program = "", ...args] = scanArgv(host, sshPort, dialTimeoutSeconds);
  // It counts the seconds for each key by itself; a name that does not resolve is beyond its count.
  const { stdout, stderr } = await execa(program, args, {
    reject: false,
    timeout: (3 * dialTimeoutSeconds + 5) * 1000,
    killSignal: "SIGKILL",
  });
  if (stdout.trim() === "") {
    const why =
      lastLine(stderr.replaceAll(/^#.*$/gm, "")) || `no answer within ${String(dialTimeoutSeconds)} s`;
    throw new Unreachable(`${host} can't be reached on port ${String(sshPort)}: ${why}`);
  }
  return parseHostKeys(stdout).map(hostKeyOf);
}

/** The key in a file that pins one; undefined when there is no such file. */
export function pinnedIn(file: string): string | undefined {
  return fs.existsSync(file) ? parseHostKeys(fs.readFileSync(file, "utf8"))[0] : undefined;
}

/** Pins a key in a file, as settings refer to one. */
export function pin(file: string, { key }: HostKey, comment: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  writeWholeFile(file, `${key} ${comment}\n`, { mode: 0o644 });
}
