/** How a question to a site ends: a shell script stands in ssh's place. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { parseStack, type SiteSettings } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import { Refused, Unreachable } from "../../core/errors";
import { runOnSite } from "../../probe/ssh";
import { workFolder } from "../../store/project";

const name = "site-of-a-test";
const pathBefore = process.env["PATH"];
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-ssh-"));
});
afterEach(() => {
  process.env["PATH"] = pathBefore;
  fs.rmSync(folder, { recursive: true });
  fs.rmSync(path.join(workFolder, "known_hosts", name), { force: true });
});

function settings(): SiteSettings {
  const hostKey = "ssh-ed25519 AAAAC3Nz somewhere";
  const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;
  const raw = {
    role: "onprem",
    service: "flood-formula",
    sites: [{ name, host: "10.0.0.2", user: "deploy", hostKey, proxyImage }],
  };
  const stack = parseStack(raw, "Pulumi.onprem.yaml");
  const [site] = stack.role === "onprem" ? stack.sites.filter(hasLine) : [];
  if (site === undefined) throw new Error("the settings have no site with a line");
  return { ...site, dialTimeoutSeconds: 0.5, stallTimeoutSeconds: 0.5 };
}

/** Asks a site, with these lines in the place of ssh. */
function ask(...does: readonly string[]): Promise<string> {
  fs.writeFileSync(path.join(folder, "ssh"), ["#!/bin/sh", ...does, ""].join("\n"), { mode: 0o755 });
  process.env["PATH"] = `${folder}:${pathBefore ?? ""}`;
  return runOnSite(settings(), 'echo "$1 serves"\n', ["serving"]);
}
const greet = "echo hms ready >&2";

test("what the script prints is the answer", async () => {
  // The command line is the last word: a shell on the site would get it.
  expect(await ask('for last; do :; done; exec sh -c "$last"')).toBe("serving serves");
});

describe("nobody answers", () => {
  test("when a log-in hangs", async () => {
    const asked = ask("exec sleep 60");
    await expect(asked).rejects.toThrow(
      new Unreachable(`${name} does not answer: nobody has logged us in within 1 s`),
    );
    await expect(asked).rejects.toBeInstanceOf(Unreachable);
  });
  test("when the line falls silent after the log-in", async () => {
    const asked = ask(greet, "sleep 1.2", "echo Timeout, server 10.0.0.2 not responding. >&2", "exit 255");
    await expect(asked).rejects.toThrow(
      new Unreachable(`${name} does not answer: Timeout, server 10.0.0.2 not responding.`),
    );
    await expect(asked).rejects.toBeInstanceOf(Unreachable);
  });
});

describe("a site refuses", () => {
  test("when it lets us in and does nothing, as with a docker that hangs", async () => {
    const asked = ask(greet, "exec sleep 60");
    await expect(asked).rejects.toThrow(
      new Refused(`${name} refused: we are logged in, and it has not said all within 2.5 s`),
    );
    await expect(asked).rejects.toBeInstanceOf(Refused);
  });
  test("with its own words", async () => {
    await expect(ask(greet, "echo docker: not found >&2", "exit 127")).rejects.toThrow(
      new Refused(`${name} refused: docker: not found`),
    );
    await expect(ask("exit 1")).rejects.toThrow(new Refused(`${name} refused: `));
  });
});
