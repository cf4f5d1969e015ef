import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";

const toolchain = path.join(__dirname, "..", "..", "lab", "toolchain");

/** A machine for the script: a PATH with the programs that it has, and an empty cache. */
let machine: string;

const program = (name: string, script: string): void => {
  // It may be a link to the machine's own program.
  rmSync(path.join(machine, "bin", name), { force: true });
  writeFileSync(path.join(machine, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
};

const has = (name: string, file: string): void => {
  symlinkSync(file, path.join(machine, "bin", name));
};

const bootstrap = (...args: string[]): { status: number | null; stderr: string } =>
  spawnSync("/bin/sh", [path.join(toolchain, "bootstrap.sh"), ...args], {
    env: { PATH: path.join(machine, "bin"), HOME: machine },
    encoding: "utf8",
  });

beforeEach(() => {
  machine = mkdtempSync(path.join(os.tmpdir(), "hms-machine-"));
  mkdirSync(path.join(machine, "bin"));
  for (const name of ["date", "dirname", "mkdir", "grep"]) {
    const folder = ["/usr/bin", "/bin"].find((each) => existsSync(path.join(each, name))) ?? "";
    has(name, path.join(folder, name));
  }
  has("node", process.execPath);
  program("id", "echo 1000");
});

afterEach(() => {
  rmSync(machine, { recursive: true });
});

describe("what can't be brought is one line that says what to do", () => {
  test("a machine without dpkg", () => {
    expect(bootstrap("demo")).toMatchObject({
      status: 1,
      stderr:
        "error: The lab needs Debian 12 and its packages; this machine has no dpkg. " +
        'Run it there; "npm run test:unit" works here, too.\n',
    });
  });

  test.each([
    [["bench", "guard", "--json"], " wrk"],
    [["bench", "--json"], " docker-registry"],
    [["bench", "pii", "swap"], " docker-registry"],
  ])("Debian packages of %j without root", (words, packages) => {
    program("dpkg-query", 'echo "installed:docker.io "');
    const { status, stderr } = bootstrap(...words);
    expect(status).toBe(1);
    expect(stderr).toContain(`The lab needs the Debian packages${packages}`);
  });

  test("Debian packages without root", () => {
    program("dpkg-query", 'echo "not-installed:rsync installed:docker.io installed:openssl "');
    const { status, stderr } = bootstrap("demo");
    expect(status).toBe(1);
    expect(stderr).toBe(
      "error: The lab needs the Debian packages docker-registry openssh-server rsync vsftpd skopeo busybox-static " +
        "iptables iproute2 util-linux procps, and only root may install them. Run this as root.\n",
    );
  });

  test("another kind of processor", () => {
    program("node", "exit 1");
    program("uname", "echo Linux riscv64");
    expect(bootstrap("demo")).toMatchObject({
      status: 1,
      stderr:
        "error: Node 22.12 or newer is needed, and there is none to fetch for Linux riscv64. " +
        "Install it and put it first on PATH.\n",
    });
  });
});

describe("the packages of Kubernetes", () => {
  beforeEach(() => {
    program("dpkg-query", "true");
  });

  test.each([
    [["demo"], false],
    [["lab", "up"], false],
    [["lab", "up", "--kubernetes"], true],
    [["demo", "--kubernetes"], true],
    [["test"], true],
  ])("%j: %j", (args, wanted) => {
    const { stderr } = bootstrap(...args);
    expect(stderr).toContain("docker.io");
    expect(stderr.includes("etcd-server containerd containernetworking-plugins")).toBe(wanted);
  });
});

test.each([
  ["demo", "--help"],
  ["lab", "down"],
  ["lab", "status"],
  ["unit", "tests/x"],
])("%s %s needs no Debian package", (...args) => {
  program("node", "echo started");
  rmSync(path.join(machine, "bin", "id"));
  expect(bootstrap(...args)).toMatchObject({ status: 0, stderr: "" });
});

describe("modules.js", () => {
  const complete = (): boolean =>
    spawnSync(process.execPath, [path.join(toolchain, "modules.js")], { cwd: machine }).status === 0;
  const write = (file: string, packages: object): void => {
    mkdirSync(path.dirname(path.join(machine, file)), { recursive: true });
    writeFileSync(path.join(machine, file), JSON.stringify({ packages }));
  };
  const lock = {
    "": { name: "x" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  };

  test.each([
    [
      "all is there",
      { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "2.0.0" } },
      true,
    ],
    ["an optional one is not for this platform", { "node_modules/a": { version: "1.0.0" } }, true],
    ["one is missing", { "node_modules/b": { version: "2.0.0" } }, false],
    ["one is old", { "node_modules/a": { version: "0.9.0" } }, false],
    [
      "an optional one is old",
      { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.0.0" } },
      false,
    ],
    [
      "one is too many",
      { "node_modules/a": { version: "1.0.0" }, "node_modules/c": { version: "1.0.0" } },
      false,
    ],
  ])("%s", (_, present, answer) => {
    write("package-lock.json", lock);
    write("node_modules/.package-lock.json", present);
    expect(complete()).toBe(answer);
  });

  test("nothing is installed", () => {
    write("package-lock.json", lock);
    expect(complete()).toBe(false);
  });
});
