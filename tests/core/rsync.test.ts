import { describe, expect, test } from "@jest/globals";
import { explainRsync, parseProgress, parseSent } from "../../core/rsync";

const last = (code: number) =>
  `rsync error: unexplained error (code ${String(code)}) at io.c(232) [sender=3.2.7]`;

describe("progress", () => {
  test.each([
    ["", undefined],
    ["\r              0   0%    0.00kB/s    0:00:00  ", 0],
    [
      "\r     14947968  49%   14.18MB/s    0:00:01  \r     20256384  67%    9.29MB/s    0:00:01  ",
      20_256_384,
    ],
    ["\r     30000000 100%    7.09MB/s    0:00:04 (xfr#1, to-chk=0/1)\n", 30_000_000],
    // What is cut short in the middle of a number is none.
    ["\r     14947968  49%   14.18MB/s    0:00:01  \r     2025", 14_947_968],
    ["Total bytes sent: 20004956\n", undefined],
  ])("%j is %p", (printed, bytes) => {
    expect(parseProgress(printed)).toBe(bytes);
  });
  test("what was sent is said at the end", () => {
    expect(parseSent("Literal data: 7 bytes\nTotal bytes sent: 20004956\nTotal bytes received: 35\n")).toBe(
      20_004_956,
    );
    expect(parseSent("")).toBe(0);
  });
});

describe("why it failed", () => {
  test.each([
    ["ssh: connect to host 10.77.2.2 port 22: No route to host", 255],
    ["ssh: connect to host 10.77.2.2 port 22: Connection timed out", 255],
    ["ssh: connect to host 10.77.2.2 port 22: Connection refused", 255],
    ["ssh: Could not resolve hostname site.example: Name or service not known", 255],
    ["Timeout, server 10.77.2.2 not responding.", 255],
    ["client_loop: send disconnect: Broken pipe", 255],
    ["Connection to 10.77.2.2 closed by remote host.", 255],
    ["kex_exchange_identification: read: Connection reset by peer", 255],
    ["Connection timed out during banner exchange", 255],
    ["[sender] io timeout after 60 seconds -- exiting", 30],
  ])("nobody answers: %s", (line, code) => {
    const said = `hms ready\n${line}\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\n${last(code)}\n`;
    expect(explainRsync(said, code)).toEqual({ unreachable: true, why: line });
    // rsync may be quicker than ssh.
    expect(explainRsync(said, 12)).toEqual({ unreachable: true, why: line });
  });

  test("the session ended, and nobody said why", () => {
    const closed = "rsync: connection unexpectedly closed (0 bytes received so far) [sender]";
    const said = `Authorized use only\nhms ready\nhms asked\n${closed}\n${last(255)}\n`;
    expect(explainRsync(said, 255)).toEqual({ unreachable: true, why: closed });
  });

  test.each([
    ["deploy@10.77.2.2: Permission denied (publickey).", 255],
    ["Host key verification failed.", 255],
    ["mkdir: cannot create directory '/srv/hms': Permission denied", 12],
    ["mkdir: cannot create directory '/srv/hms': File exists", 12],
    ["sh: 1: exec: rsync: not found", 127],
    ["protocol version mismatch -- is your shell clean?", 2],
    ['rsync: [receiver] write failed on "/srv/hms/x": No space left on device (28)', 11],
  ])("somebody says no: %s", (line, code) => {
    const said = `${line}\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\n${last(code)}\n`;
    expect(explainRsync(said, code)).toEqual({ unreachable: false, why: line });
  });

  test("a changed host key is no broken line, though ssh closes it", () => {
    const said = [
      "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@",
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
      "Host key verification failed.",
      "rsync: connection unexpectedly closed (0 bytes received so far) [sender]",
      last(255),
    ].join("\n");
    expect(explainRsync(said, 255)).toEqual({ unreachable: false, why: "Host key verification failed." });
  });

  test("a reason is always given", () => {
    expect(explainRsync("", 1).why).toBe("rsync was ended");
    expect(explainRsync("", undefined)).toEqual({ unreachable: false, why: "rsync was ended" });
    expect(explainRsync("", 30)).toEqual({ unreachable: true, why: "silence on the line" });
    expect(explainRsync("", 255)).toEqual({ unreachable: true, why: "the line broke" });
  });
});
