/** Decides from what a client library threw whether a partner could not be reached, or was reached and said no. */
import { FTPError } from "basic-ftp";
import { messageOf, Refused, Unreachable } from "../../core/errors";

/** What an FTP client threw, as one of the two. */
export function ftpFailure(thrown: unknown): Unreachable | Refused {
  if (thrown instanceof Unreachable || thrown instanceof Refused) {
    return thrown;
  }
  if (thrown instanceof FTPError) {
    return brokenLine.has(thrown.code)
      ? new Unreachable(replySentence(thrown))
      : new Refused(replySentence(thrown));
  }
  const { code, reason } = thrown as { readonly code?: unknown; readonly reason?: string };
  if (typeof code === "string" && isCertificateError(code)) {
    return new Refused(`its certificate is not good: ${certificateSentence(code, messageOf(thrown))}`);
  }
  if (typeof code === "string" && code.startsWith("ERR_SSL")) {
    return new Refused(`TLS failed: ${reason ?? code}.`);
  }
  return new Unreachable(messageOf(thrown));
}

/** Replies that tell of the line or of a server that is going away, not of what was asked. */
const brokenLine = new Set([
  421, // service not available, closing control connection; also: too many connections
  425, // can't open data connection
  426, // connection closed, transfer aborted
]);

function replySentence({ code, message }: FTPError): string {
  const sentence = message.replaceAll(/\s*\n\s*/g, " ");
  switch (code) {
    case 530:
      return `${sentence} Check the user in the URL, and the password.`;
    case 452:
    case 552:
      return `${sentence} Ask the partner for room.`;
    default:
      return sentence;
  }
}

/** Node's codes of OpenSSL's verdicts, and its own for a wrong name. */
function isCertificateError(code: string): boolean {
  return /CERT|CRL|SIGNATURE|_CA$|HOSTNAME|PURPOSE|PATH_LENGTH/.test(code);
}

function certificateSentence(code: string, message: string): string {
  switch (code) {
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return `it ${code === "CERT_HAS_EXPIRED" ? "has expired" : "is not valid yet"}. Ask the partner for a new one.`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `${message.replace(/\.?$/, ".")} Use a host name in the URL that it is for.`;
    default:
      return `nobody known vouches for it (${code}). Name the authority that signed it in caFile.`;
  }
}

/** A server's no to a file that was to be written. */
export function mayNotWrite(said: string): Refused {
  return new Refused(
    `${said.replace(/\.?$/, ".")} Ask the partner whether the account may write into the folder.`,
  );
}

/** What an SFTP client threw; the client library's own error, if it emitted one, has the level at which it happened. */
export function sftpFailure(
  thrown: unknown,
  emitted?: { readonly level?: string; readonly message: string },
): Unreachable | Refused {
  if (thrown instanceof Unreachable || thrown instanceof Refused) {
    return thrown;
  }
  if (emitted?.level === "client-authentication") {
    return new Refused(
      "the server accepts neither the password nor the key. Check the user in the URL, and password or privateKeyFile.",
    );
  }
  if (emitted?.level === "handshake") {
    return new Refused(emitted.message);
  }
  const { code } = thrown as { readonly code?: unknown };
  // The library puts its own functions' names before what the server said.
  const message = messageOf(thrown).replace(/^(?:\w+(?:: |->))+/, "");
  // The server's answers to SFTP requests have numbers; 6 and 7 mean a connection that is gone.
  const answered = (typeof code === "number" && code !== 6 && code !== 7) || code === "ENOENT";
  return answered || /subsystem/i.test(message)
    ? new Refused(message)
    : new Unreachable(emitted?.message ?? message);
}
