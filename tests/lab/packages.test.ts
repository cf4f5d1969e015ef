/** Debian packages, with a program in the place of apt, and a /usr/sbin that only the test sees. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";

const script = path.join(__dirname, "..", "..", "lab", "toolchain", "packages.sh");
let machine: string;
beforeEach(() => {
  machine = mkdtempSync(path.join(os.tmpdir(), "hms-packages-"));
  for (const folder of ["bin", "sbin"]) mkdirSync(path.join(machine, folder));
  writeFileSync(path.join(machine, "bin", "dpkg"), "#!/bin/sh\n", { mode: 0o755 });
  // Says at its end whether services may start.
  const apt = '#!/bin/sh\n[ "$1" = install ] || exit 0\nsleep 1\n/usr/sbin/policy-rc.d; echo "policy: $?"\n';
  writeFileSync(path.join(machine, "bin", "apt-get"), apt, { mode: 0o755 });
});
afterEach(() => {
  rmSync(machine, { recursive: true });
});

const sh = async (commands: string): Promise<string> => {
  const body = `set -e; mount --bind "$1/sbin" /usr/sbin; ${commands}`;
  const { stdout } = await execa("unshare", ["--mount", "sh", "-c", body, "sh", machine, script], {
    env: { PATH: `${path.join(machine, "bin")}:${process.env["PATH"] ?? ""}` },
  });
  return stdout;
};

test("services don't start while packages are installed, also when another checkout looks after what was left", async () => {
  expect(await sh('sh "$2" hello & sleep 0.3; sh "$2"; wait; ls /usr/sbin')).toBe("policy: 101");
}, 30_000);

test("the machine's own policy is there again afterwards, also after a kill", async () => {
  const own = 'printf "#!/bin/sh\\nexit 7\\n" >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; ';
  const killed = 'sh "$2" hello & sleep 0.3; kill -9 $!; sleep 1; sh "$2"; ';
  expect(await sh(`${own}${killed}ls /usr/sbin; /usr/sbin/policy-rc.d || echo $?`)).toBe(
    "policy: 101\npolicy-rc.d\n7",
  );
}, 30_000);
