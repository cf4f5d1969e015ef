/** What an enrolment asks, and what it prints for the stack file. */
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { parse } from "yaml";
import { parseStack, type SiteSettings } from "../../../core/config";
import { hasLine } from "../../../core/config/onprem";
import type { Body, Entry } from "../../../core/entry";
import { ofTarget } from "../../../core/entry-search";
import { sentenceOf } from "../../../core/entry-text";
import { parseFacts } from "../../../core/site-facts";
import { adminArgv } from "../../../pipeline/sites/admin";
import { scanArgv } from "../../../pipeline/sites/host-key";
import { settingsBlock } from "../../../pipeline/sites/settings-block";
import { projectFolder } from "../../../store/project";

const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;

test("a host is asked for its keys, and not for longer than was said", () => {
  expect(scanArgv("10.0.0.2", 2222, 5)).toEqual([
    ...["ssh-keyscan", "-T", "5", "-p", "2222", "-t", "ed25519,ecdsa,rsa", "10.0.0.2"],
  ]);
});

test("an administrator is asked for a password only where somebody sits", () => {
  const admin = {
    ...{ name: "nome", host: "10.0.0.2", sshPort: 22, user: "ann", hostKey: "ssh-ed25519 AAAA" },
    dialTimeoutSeconds: 5,
  };
  const alone = adminArgv(admin, "known", false);
  expect(alone).toContain("BatchMode=yes");
  expect(alone).not.toContain("BatchMode=no");
  expect(alone.slice(-2)).toEqual([
    "ann@10.0.0.2",
    `sh -c 'if [ "$(id -u)" = 0 ]; then exec sh -s; else exec sudo -n sh -s; fi'`,
  ]);
  // ssh takes the first of two values.
  expect(adminArgv(admin, "known", true).slice(0, 3)).toEqual(["ssh", "-o", "BatchMode=no"]);
});

test("a site says what it has", async () => {
  const script = fs.readFileSync(path.join(projectFolder, "pipeline/sites/check.sh"), "utf8");
  const { stdout } = await execa("sh", ["-s"], {
    input: `${script}\ncheck /nowhere/at/all root unix:///nowhere.sock\n`,
    extendEnv: false,
    env: { PATH: "/usr/bin:/bin" },
  });
  const facts = parseFacts(stdout);
  expect(Math.abs(facts.time - Date.now() / 1000)).toBeLessThan(30);
  expect(facts).toMatchObject({ docker: "", account: { uid: 0, home: "/root" }, isLink: false });
  expect(facts.openssl).toMatch(/^3\./);
  expect(facts.room).toEqual([{ free: expect.any(Number), folder: "/" }]);
  expect(facts.room[0]?.free).toBeGreaterThan(1000);
});

const ways = {
  ...{ name: "nome", host: "10.0.0.2", sshPort: 22, user: "hms", folder: "/srv/hms" },
  privateKeyFile: "/etc/hms/deploy_key",
  pin: path.join(projectFolder, ".hms/sites/nome.hostkey.pub"),
};
const place = (listed: SiteSettings[] = []) => ({
  ...{ target: "onprem/nome" as const, service: "flood-formula", listed, hostKeyFile: ways.pin },
});
const settingsOf = (site: unknown): SiteSettings => {
  const stack = parseStack({ role: "onprem", service: "flood-formula", sites: [site] }, "Pulumi.onprem.yaml");
  const [first] = stack.role === "onprem" ? stack.sites.filter(hasLine) : [];
  if (first === undefined) throw new Error("the settings have no site");
  return first;
};

test("what is printed is what the settings take", () => {
  const other = settingsOf({
    name: "juneau",
    host: "10.0.0.9",
    user: "hms",
    hostKey: { file: "juneau.pub" },
    proxyImage,
  });
  const { yaml, file, there } = settingsBlock(ways, place([other]));
  expect([file, there]).toEqual(["Pulumi.onprem.yaml", false]);
  expect(parse(yaml)).toEqual([
    {
      ...{ name: "nome", host: "10.0.0.2", user: "hms", privateKeyFile: "/etc/hms/deploy_key" },
      ...{ hostKey: { file: ".hms/sites/nome.hostkey.pub" }, proxyImage },
    },
  ]);
  const [site] = parse(yaml) as [unknown];
  expect(settingsBlock(ways, place([settingsOf(site)])).there).toBe(true);
  expect(settingsBlock({ ...ways, host: "10.0.0.3" }, place([settingsOf(site)])).there).toBe(false);
});

test("what is not as usual is printed, too", () => {
  const { site } = settingsBlock({ ...ways, sshPort: 2222, folder: "/opt/hms" }, place());
  expect(site).toMatchObject({ sshPort: 2222, folder: "/opt/hms" });
  expect(String(site["proxyImage"])).toContain("PUT-THE-DIGEST-HERE");
});

test("the trail says in a sentence what was enrolled and removed", () => {
  const enrolled: Body = {
    ...{ type: "site-enrolled", target: "onprem/nome", service: "flood-formula", host: "10.0.0.2" },
    ...{
      sshPort: 22,
      user: "hms",
      folder: "/srv/hms",
      hostKey: "ssh-ed25519 AAAA",
      fingerprint: "SHA256:abc",
    },
    ...{ deployKey: "ssh-ed25519 BBBB", keys: ["ab".repeat(32)], gate: "cd".repeat(32) },
  };
  const removed: Body = {
    ...{ type: "site-removed", target: "onprem/nome", service: "flood-formula", host: "10.0.0.2" },
    ...{ user: "hms", purged: true },
  };
  expect(sentenceOf(enrolled)).toBe(
    "onprem/nome (10.0.0.2, SHA256:abc) takes releases of flood-formula from hms, signed by abababababab…",
  );
  expect(sentenceOf(removed)).toBe(
    "onprem/nome (10.0.0.2) takes no releases of flood-formula from hms any more; the service is taken off",
  );
  const entries = [enrolled, removed].map((body, n) => ({ number: n + 1, body }) as Entry);
  expect(ofTarget(entries, "onprem/nome")).toHaveLength(2);
  expect(ofTarget(entries, "onprem/juneau")).toEqual([]);
});
