import { describe, expect, test } from "@jest/globals";
import { FTPError } from "basic-ftp";
import { Refused, Unreachable } from "../../../core/errors";
import { ftpFailure, sftpFailure } from "../../../probe/inbox/failure";

const withCode = (message: string, code: string | number): Error =>
  Object.assign(new Error(message), { code });

describe("FTP", () => {
  test.each([
    [530, Refused, "530 Login incorrect. Check the user in the URL, and the password."],
    [553, Refused, "553 Could not create file."],
    [452, Refused, "452 Insufficient storage space. Ask the partner for room."],
    [552, Refused, "552 Quota exceeded. Ask the partner for room."],
    [421, Unreachable, "421 There are too many connections."],
    [426, Unreachable, "426 Failure reading network stream."],
  ])("reply %i", (code, kind, sentence) => {
    const message = sentence.replace(/\. (Check|Ask) .*/, ".");
    const failure = ftpFailure(new FTPError({ code, message }));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toBe(sentence);
  });

  test("replies of several lines become one", () => {
    expect(ftpFailure(new FTPError({ code: 550, message: "550-No.\r\n550 Not here." })).message).toBe(
      "550-No. 550 Not here.",
    );
  });

  test.each([
    ["CERT_HAS_EXPIRED", "it has expired. Ask the partner for a new one."],
    ["CERT_NOT_YET_VALID", "it is not valid yet. Ask the partner for a new one."],
    [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "nobody known vouches for it (DEPTH_ZERO_SELF_SIGNED_CERT). Name the authority that signed it in caFile.",
    ],
    [
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "nobody known vouches for it (UNABLE_TO_VERIFY_LEAF_SIGNATURE). Name the authority that signed it in caFile.",
    ],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "the library's words. Use a host name in the URL that it is for."],
  ])("certificate: %s", (code, sentence) => {
    const failure = ftpFailure(withCode("the library's words", code));
    expect(failure).toBeInstanceOf(Refused);
    expect(failure.message).toBe(`its certificate is not good: ${sentence}`);
  });

  test("TLS that does not come about is a no", () => {
    expect(
      ftpFailure(Object.assign(withCode("40A…:tls:", "ERR_SSL_X"), { reason: "wrong version number" })),
    ).toEqual(new Refused("TLS failed: wrong version number."));
  });

  test.each([
    withCode("read ECONNRESET", "ECONNRESET"),
    new Error("Timeout (control socket)"),
    new Error("Server sent FIN packet unexpectedly"),
  ])("%s is a broken line", (error) => {
    expect(ftpFailure(error)).toBeInstanceOf(Unreachable);
  });
});

describe("SFTP", () => {
  test.each([
    [
      "client-authentication",
      Refused,
      "the server accepts neither the password nor the key. Check the user in the URL, and password or privateKeyFile.",
    ],
    ["handshake", Refused, "Handshake failed: no matching key exchange algorithm"],
    ["client-timeout", Unreachable, "Keepalive timeout"],
    ["client-socket", Unreachable, "read ECONNRESET"],
    ["protocol", Unreachable, "Connection lost before handshake"],
  ])("level %s", (level, kind, sentence) => {
    const emitted = {
      level,
      message: sentence.startsWith("the server") ? "All configured authentication methods failed" : sentence,
    };
    const failure = sftpFailure(new Error(`getConnection: ${emitted.message}`), emitted);
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toBe(sentence);
  });

  test.each([
    [3, Refused, "Write stream error: Permission denied /x"],
    ["ENOENT", Refused, "No such file: /x"],
    [7, Unreachable, "Connection lost"],
    ["ERR_GENERIC_CLIENT", Unreachable, "Unexpected close event"],
    ["ERR_NOT_CONNECTED", Unreachable, "No SFTP connection available"],
  ])("code %s", (code, kind, sentence) => {
    const failure = sftpFailure(withCode(`_put: ${sentence}`, code));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toBe(sentence);
  });

  test("a server without SFTP is a no", () => {
    expect(sftpFailure(new Error("Unable to start subsystem: sftp"))).toBeInstanceOf(Refused);
  });
});
