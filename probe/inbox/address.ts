/** A partner's inbox by its URL. */
import { UserError } from "../../core/errors";

/** Where an inbox lies, and how it is spoken to. */
export interface Address {
  readonly protocol: "ftp" | "ftps" | "sftp";
  readonly user: string;
  readonly host: string;
  readonly port: number;
  /** Absolute as the server shows it, or, when the URL says `/~/`, relative to the folder that a login begins in. */
  readonly folder: string;
}

/** The port where FTPS begins with TLS at once; on any other, TLS is asked for (explicit TLS). */
export const implicitTlsPort = 990;

const ports = { ftp: 21, ftps: 21, sftp: 22 } as const;

const allowed = "ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://";

/**
 * Reads `ftp://USER@HOST[:PORT]/FOLDER`, or the same with `ftps://` or `sftp://`. User and folder may be
 * percent-encoded; `/~/FOLDER` is relative to where a login begins.
 *
 * @throws UserError
 */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = url?.protocol.slice(0, -1);
  if (!url || !isProtocol(protocol) || url.hostname === "" || url.username === "") {
    throw new UserError(`found ${JSON.stringify(withoutPassword(text))}; allowed: ${allowed}`);
  }
  if (url.password !== "") {
    throw new UserError(
      `must not hold a password; put it into "password" as { file: PATH } or { env: NAME }`,
    );
  }
  const folder = decodeURIComponent(url.pathname).replace(/\/+$/, "");
  const user = decodeURIComponent(url.username);
  // A line end would begin another FTP command.
  if (/\p{Cc}/u.test(folder + user)) {
    throw new UserError(`found control characters in ${JSON.stringify(text)}; allowed: ${allowed}`);
  }
  return {
    protocol,
    user,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? ports[protocol] : Number(url.port),
    folder: /^\/~(\/|$)/.test(folder) ? folder.slice("/~/".length) || "." : folder || "/",
  };
}

function isProtocol(protocol: string | undefined): protocol is Address["protocol"] {
  return protocol !== undefined && protocol in ports;
}

/** A URL that failed to parse may hold a password all the same. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/([^/@:]*):[^/@]*@/, "//$1:…@");
}

/** What makes two URLs the same place, whoever logs in by whichever protocol. */
export function placeOf({ host, folder }: Address): string {
  return `${host.toLowerCase()}:${folder}`;
}
