/** How rsync over a line ends: a shell script stands in rsync's place, and a process that has its stderr in the line's. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runRsync } from "../../components/site/run-rsync";
import { Refused, Unreachable } from "../../core/errors";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-run-rsync-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

const unexpected = (): never => {
  throw new Error("nothing was sent");
};
const report = {
  ...{ begins: unexpected, at: unexpected, waits: unexpected, advanced: unexpected },
  ...{ ofBrokenTries: unexpected, end: unexpected },
};

/** Has something else hold rsync's stderr, as a line does that has taken in more than it can send. */
const held = 'setsid sleep 60 & echo $! >"$0.held"';

async function run(does: readonly string[], { ofLine = "", until = Infinity } = {}) {
  const program = path.join(folder, "rsync");
  fs.writeFileSync(program, ["#!/bin/sh", ...does, ""].join("\n"), { mode: 0o755 });
  const lastWords = (): Promise<string> => {
    if (fs.existsSync(`${program}.held`)) {
      process.kill(Number(fs.readFileSync(`${program}.held`, "utf8")), "SIGKILL");
    }
    return Promise.resolve(ofLine);
  };
  const line = { ssh: "ssh", pid: 0, lastWords };
  const limits = { dialTimeoutSeconds: 0.5, stallTimeoutSeconds: 0.5, transferTimeoutSeconds: 7, until };
  return runRsync([program], { ...limits, line, report });
}

test("what was sent is said", async () => {
  expect(await run(["echo 'Total bytes sent: 1234'"])).toBe(1234);
});

test("a line that broke says why, whatever rsync makes of it", async () => {
  const closed = "echo 'rsync: connection unexpectedly closed (0 bytes received so far) [sender]' >&2";
  const failed = run(["echo hms ready >&2", closed, held, "exit 12"], {
    ofLine: "Timeout, server 10.0.0.2 not responding.\n",
  });
  await expect(failed).rejects.toThrow(new Unreachable("Timeout, server 10.0.0.2 not responding."));
  await expect(failed).rejects.toBeInstanceOf(Unreachable);
});

test("what the site says is the reason, when the line did not break", async () => {
  const full = "rsync: [receiver] write failed: No space left on device (28)";
  const failed = run([`echo '${full}' >&2`, "exit 11"]);
  await expect(failed).rejects.toThrow(new Refused(full));
  await expect(failed).rejects.toBeInstanceOf(Refused);
});

test("a site that lets somebody in and says nothing is given up after a dial and a stall", async () => {
  await expect(run([held, "exec sleep 60"])).rejects.toThrow(
    new Unreachable("we are logged in, and nothing has answered within 1 s"),
  );
});

test("the time of all tries ends it, also while the line still has something to send", async () => {
  const failed = run(["echo hms ready >&2", held, "exec sleep 60"], { until: Date.now() + 500 });
  await expect(failed).rejects.toThrow(new Unreachable("not all has arrived within 7 s"));
});
