/** Opens partners' inboxes: by the URL's protocol, with what the settings refer to, in several tries. */
import { messageOf, Refused, Unreachable, UserError } from "../../core/errors";
import { readReference, readText } from "../reference";
import { inTries } from "../tries";
import { type Address, parseAddress } from "./address";
import { connectFtp } from "./ftp";
import { parseHostKeys } from "./hostkey";
import { type Access, defaults, type Inbox, type Partner } from "./inbox";
import { connectSftp } from "./sftp";

/**
 * Does the work in a partner's inbox, from the start again on a new connection when the line breaks.
 *
 * @throws Unreachable when no try went through
 * @throws Refused at the server's first no
 * @throws UserError when the settings are wrong, or what they refer to is not there
 */
export async function inInbox<T>(partner: Partner, work: (inbox: Inbox) => Promise<T>): Promise<T> {
  const [fault] = faultsOf(partner);
  if (fault) {
    throw new UserError(`${partner.name}: ${fault.setting}: ${fault.sentence}`);
  }
  const address = parseAddress(partner.url);
  const access = readAccess(partner);
  const { tries = defaults.tries, retryDelaySeconds = defaults.retryDelaySeconds } = partner;
  try {
    return await inTries({ tries, retryDelaySeconds }, async () => {
      const inbox = await connect(address, access);
      try {
        return await work(inbox);
      } finally {
        await inbox.close();
      }
    });
  } catch (error) {
    throw withName(error, partner);
  }
}

function connect(address: Address, access: Access): Promise<Inbox> {
  return address.protocol === "sftp" ? connectSftp(address, access) : connectFtp(address, access);
}

/** Reads secrets and pins now, and keeps them no longer than the work takes. */
function readAccess(partner: Partner): Access {
  const { name, password, privateKeyFile, hostKey, caFile, certificateSha256 } = partner;
  const {
    makesFolder = false,
    dialTimeoutSeconds = defaults.dialTimeoutSeconds,
    stallTimeoutSeconds = defaults.stallTimeoutSeconds,
  } = partner;
  return {
    hostKeys: hostKey === undefined ? [] : parseHostKeys(readReference(`${name}: hostKey`, hostKey)),
    makesFolder,
    dialTimeoutSeconds,
    stallTimeoutSeconds,
    ...(password === undefined ? {} : { password: readReference(`${name}: password`, password) }),
    ...(privateKeyFile === undefined
      ? {}
      : { privateKey: readText(`${name}: privateKeyFile`, privateKeyFile) }),
    ...(caFile === undefined ? {} : { ca: readText(`${name}: caFile`, caFile) }),
    ...(certificateSha256 === undefined ? {} : { certificateSha256: normalFingerprint(certificateSha256) }),
  };
}

/** As `openssl x509 -fingerprint` prints it, or plain hex. */
function normalFingerprint(text: string): string {
  return text.replaceAll(":", "").toLowerCase();
}

/** What is wrong with a setting. */
export interface Fault {
  readonly setting: keyof Partner;
  readonly sentence: string;
}

/** What is wrong with a partner's settings, as far as it can be told without asking the partner. */
export function faultsOf(partner: Partner): Fault[] {
  const { url, password, privateKeyFile, hostKey, caFile, certificateSha256 } = partner;
  const address = addressOrSentence(url);
  if (typeof address === "string") {
    return [{ setting: "url", sentence: address }];
  }
  const { protocol } = address;
  const is = (wanted: Address["protocol"]): boolean => protocol === wanted;
  const checks: readonly [keyof Partner, boolean, string][] = [
    [
      "password",
      (password ?? privateKeyFile) === undefined,
      `nothing to log in with. Set password${is("sftp") ? " or privateKeyFile" : ""}.`,
    ],
    [
      "hostKey",
      is("sftp") && hostKey === undefined,
      "an SFTP server without a pinned host key could be anybody's. Set hostKey.",
    ],
    ["hostKey", !is("sftp") && hostKey !== undefined, `it is for sftp://, and the URL says ${protocol}://.`],
    [
      "privateKeyFile",
      !is("sftp") && privateKeyFile !== undefined,
      `it is for sftp://, and the URL says ${protocol}://.`,
    ],
    ["caFile", !is("ftps") && caFile !== undefined, `it is for ftps://, and the URL says ${protocol}://.`],
    [
      "certificateSha256",
      !is("ftps") && certificateSha256 !== undefined,
      `it is for ftps://, and the URL says ${protocol}://.`,
    ],
    [
      "certificateSha256",
      !/^[0-9a-f]{64}$/.test(normalFingerprint(certificateSha256 ?? "0".repeat(64))),
      `found ${JSON.stringify(certificateSha256)}; allowed: 64 hexadecimal digits`,
    ],
  ];
  return checks.filter(([, wrong]) => wrong).map(([setting, , sentence]) => ({ setting, sentence }));
}

function addressOrSentence(url: string): Address | string {
  try {
    return parseAddress(url);
  } catch (error) {
    return messageOf(error);
  }
}

function withName(error: unknown, { name, url }: Partner): unknown {
  const message = `${name} (${url}): ${messageOf(error)}`;
  if (error instanceof Unreachable) {
    return new Unreachable(message, { cause: error });
  }
  return error instanceof Refused ? new Refused(message, { cause: error }) : error;
}

export { type Address, parseAddress, placeOf } from "./address";
export { type FileFacts, type Inbox, NoFolder, type Partner } from "./inbox";
