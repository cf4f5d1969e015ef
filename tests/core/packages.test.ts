/** What package managers leave behind: Debian's, Alpine's, npm's. */
import { describe, expect, test } from "@jest/globals";
import { isTelling, packagedFiles, packagesIn } from "../../core/packages";

const dpkg = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9+deb12u4
Description: GNU C Library
 Version: this line goes on

Package: gone
Status: deinstall ok config-files
Version: 1.0
`;
const apk = `P:musl
V:1.2.5-r0
A:x86_64
L:MIT
F:lib
R:ld-musl-x86_64.so.1
F:
R:top

P:busybox
V:1.36.1-r29
`;

describe("Debian's packages", () => {
  const where = "var/lib/dpkg/status";
  test("are those that are installed, of the distribution that the image says it is", () => {
    const release = 'PRETTY_NAME="Debian"\nVERSION_ID="12"\nID=debian\n';
    expect(packagesIn({ [where]: dpkg, "etc/os-release": release })).toEqual([
      {
        kind: "deb",
        name: "libc6",
        version: "2.36-9+deb12u4",
        architecture: "amd64",
        where,
        distro: { id: "debian", version: "12" },
      },
    ]);
  });
  test("lie in files of their own in images without a shell", () => {
    const single = "var/lib/dpkg/status.d/libc6";
    const text = "Package: libc6\nVersion: 2.36\n";
    expect(packagesIn({ [single]: text })).toEqual([
      { kind: "deb", name: "libc6", version: "2.36", where: single },
    ]);
    expect(isTelling("var/lib/dpkg/status.d/libc6.md5sums")).toBe(false);
  });
  test("brought the files of their lists", () => {
    expect([...packagedFiles({ "var/lib/dpkg/info/libc6:amd64.list": "/.\n/lib/libc.so.6\n" })]).toContain(
      "lib/libc.so.6",
    );
  });
});

test("Alpine's packages have a licence, and brought the files of their folders", () => {
  const where = "lib/apk/db/installed";
  expect(packagesIn({ [where]: apk })).toEqual([
    { kind: "apk", name: "musl", version: "1.2.5-r0", architecture: "x86_64", license: "MIT", where },
    { kind: "apk", name: "busybox", version: "1.36.1-r29", where },
  ]);
  expect([...packagedFiles({ [where]: apk })]).toEqual(["lib/ld-musl-x86_64.so.1", "top"]);
});

describe("npm's packages", () => {
  const lock = JSON.stringify({
    lockfileVersion: 3,
    packages: {
      "": { name: "app", version: "1.0.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/a/node_modules/@s/b": { version: "2.0.0" },
      "node_modules/alias": { name: "real", version: "3.0.0" },
      "node_modules/tool": { version: "9.0.0", dev: true },
      "node_modules/inner": { resolved: "inner", link: true },
    },
  });
  const names = (texts: Record<string, string>): string[] =>
    packagesIn(texts).map(({ name, version }) => `${name}@${version ?? ""}`);

  test("are those of their own files, with name and version", () => {
    const text = JSON.stringify({ name: "@s/a", version: "1.0.0", license: "MIT" });
    const where = "app/node_modules/@s/a/package.json";
    expect(packagesIn({ [where]: text })).toEqual([
      { kind: "npm", name: "@s/a", version: "1.0.0", license: "MIT", where },
    ]);
    expect(packagesIn({ [where]: '{"type":"module"}' })).toEqual([]);
  });
  test("are those that a lock file names for production, where none is installed", () => {
    expect(names({ "app/package-lock.json": lock })).toEqual(["a@1.0.0", "@s/b@2.0.0", "real@3.0.0"]);
  });
  test("are those that are installed, whatever a lock file names", () => {
    const installed = '{"name":"a","version":"1.0.1"}';
    expect(names({ "app/package-lock.json": lock, "app/node_modules/a/package.json": installed })).toEqual([
      "a@1.0.1",
    ]);
  });
  test("are none of a file that is no JSON", () => {
    expect(packagesIn({ "package.json": "{", "package-lock.json": "null" })).toEqual([]);
  });
});
