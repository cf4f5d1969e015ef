/** The public half of the key that logs in to a site. */
import fs from "node:fs";
import { execa } from "execa";
import { lastLine, UsageError, UserError } from "../../core/errors";
import { parseHostKeys } from "../../probe/inbox/hostkey";

/** Where the key lies. */
export interface DeployKey {
  /** Path of the private key; its public half may lie beside it. */
  readonly key?: string;
  /** Path of its public half alone, where an agent holds the private one. */
  readonly publicKey?: string;
}

/**
 * The public key, as `TYPE BASE64`.
 *
 * @param site the site's name, for the error
 * @param before the one that was enrolled before; taken when none is named
 * @throws UserError when there is none, or it can't be read; UsageError when none is named, or two are
 */
export async function readDeployKey(
  { key, publicKey }: DeployKey,
  site: string,
  before: string | undefined,
): Promise<string> {
  if (key !== undefined && publicKey !== undefined) {
    throw new UsageError("Choose one: --key, or --public-key where an agent holds the private one.");
  }
  const file = publicKey ?? (key === undefined ? undefined : `${key}.pub`);
  if (file === undefined) {
    if (before === undefined) {
      throw new UsageError(
        `Name the key that will log in to ${site} with --key FILE ("ssh-keygen -t ed25519 -f FILE" makes one), or --public-key FILE where an agent holds it.`,
      );
    }
    return before;
  }
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : await publicHalf(key ?? file);
  const [first = "", ...others] = keysIn(text, file);
  if (others.length > 0) {
    throw new UserError(
      `${file} holds ${String(others.length + 1)} keys. One logs in: leave the others out.`,
    );
  }
  return first;
}

function keysIn(text: string, file: string): string[] {
  try {
    return parseHostKeys(text);
  } catch {
    throw new UserError(
      `${file} is no OpenSSH public key. "ssh-keygen -y -f KEY" prints the one of a private key.`,
    );
  }
}

async function publicHalf(file: string): Promise<string> {
  if (!fs.existsSync(file)) {
    throw new UserError(`There is no key ${file}. Make one: "ssh-keygen -t ed25519 -f ${file}".`);
  }
  const { failed, stdout, stderr } = await execa("ssh-keygen", ["-y", "-P", "", "-f", file], {
    reject: false,
  });
  if (failed) {
    throw new UserError(
      `${file} shows no public key (${lastLine(stderr)}). Put it into ${file}.pub, or name it with --public-key.`,
    );
  }
  return stdout;
}
