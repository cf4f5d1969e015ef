import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { Site } from "../../components";
import { activateCommand, deactivateCommand, shipCommand } from "../../components/site/commands";
import { parseStack } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import { UserError } from "../../core/errors";
import { aReleaseOfTheTrail } from "./released";
import { type Declared, record, settled } from "./mocks";

const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;
const release = aReleaseOfTheTrail();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-site-"));
const privateKeyFile = path.join(folder, "key");
fs.writeFileSync(privateKeyFile, "PRIVATE KEY\n");

function settings(parts: Record<string, unknown> = {}) {
  const site = {
    name: "anchorage",
    host: "10.0.0.2",
    user: "deploy",
    hostKey: "ssh-ed25519 AAAAC3Nz anchorage",
    proxyImage,
    privateKeyFile,
    ...parts,
  };
  const stack = parseStack({ role: "onprem", service: "flood-formula", sites: [site] }, "Pulumi.onprem.yaml");
  const [first] = stack.role === "onprem" ? stack.sites : [];
  if (first === undefined || !hasLine(first)) throw new Error("the settings have no site with a line");
  return first;
}

const shipment = (parts?: Record<string, unknown>) => ({
  service: "flood-formula",
  release,
  proxyImage,
  settings: settings(parts),
});

describe("the command lines", () => {
  test("ship by rsync over ssh, with the pinned host key and no other", () => {
    expect(shipCommand(shipment({ privateKeyFile: "/keys/deploy" }), ".hms/known_hosts/anchorage")).toBe(
      [
        "node components/site/ship-release.js --site anchorage --user deploy --host 10.0.0.2 --folder /srv/hms/flood-formula",
        "--ssh 'ssh -p 22 -o BatchMode=yes -o ConnectTimeout=5 -o ServerAliveInterval=5 -o ServerAliveCountMax=2" +
          " -o StrictHostKeyChecking=yes -o UserKnownHostsFile=.hms/known_hosts/anchorage" +
          " -o GlobalKnownHostsFile=/dev/null -i /keys/deploy -o IdentitiesOnly=yes'",
        "--dial 5 --stall 15 --tries 3 --delay 2 --limit 3600",
        `--manifest ${release.manifest.sha256} --signature ${release.manifest.signature}`,
        release.image,
        proxyImage,
      ].join(" "),
    );
  });
  test("ship with a key in a folder whose name a shell would take apart", () => {
    const command = shipCommand(shipment({ privateKeyFile: "/it's ours/key" }), "known");
    // Once for the shell that starts the shipment, once for the one that logs in.
    expect(command).toContain(String.raw`-i '\''/it'\''\'\'''\''s ours/key'\'' -o IdentitiesOnly=yes'`);
  });
  test("ship to an IPv6 address", () => {
    expect(shipCommand(shipment({ host: "fd00::2" }), "known")).toContain(
      "--user deploy --host fd00::2 --folder",
    );
  });
  test("ship to no address in brackets", () => {
    expect(() => settings({ host: "[fd00::2]" })).toThrow(
      'Pulumi.onprem.yaml: hms:sites[0].host: found "[fd00::2]"; allowed: a host name or an address, an IPv6 one without brackets',
    );
  });
  test("activate by digest, on the address that is published", () => {
    expect(activateCommand(shipment({ publishAddress: "10.0.0.2", publishPort: 80 }))).toBe(
      `sh /srv/hms/flood-formula/bin/activate.sh flood-formula 3a3a3a3a3a3a 414141414141 ${release.imageId} cacacacacaca 10.0.0.2:80 8080 60 3 30`,
    );
  });
  test("say how many releases the site keeps, and how long requests under way may take", () => {
    expect(activateCommand(shipment({ keep: 5, drainTimeoutSeconds: 0 }))).toMatch(/ 8080 60 5 0$/);
  });
  test("are others when somebody changed the site, so that they run again", () => {
    const changed = { ...shipment(), drift: 57 };
    expect(shipCommand(changed, "known")).toBe(`HMS_DRIFT=57 ${shipCommand(shipment(), "known")}`);
    expect(activateCommand(changed)).toBe(`HMS_DRIFT=57 ${activateCommand(shipment())}`);
    expect(deactivateCommand(changed)).toBe(deactivateCommand(shipment()));
  });
  test("quote what a shell would take apart", () => {
    expect(deactivateCommand(shipment({ folder: "/srv/it's ours" }))).toBe(
      String.raw`sh '/srv/it'\''s ours/flood-formula/bin/deactivate.sh' flood-formula`,
    );
  });
  test("say nothing of tag or commit: the same content changes nothing", () => {
    const commands = [shipCommand(shipment(), "known"), activateCommand(shipment())].join();
    expect(commands).not.toContain(release.tag);
  });
});

describe("a site", () => {
  let declared: Declared[];
  beforeEach(async () => {
    declared = await record({
      "command:local:Command": { stdout: "" },
      "command:remote:Command": { stdout: "" },
      "pulumi-nodejs:dynamic/hms:Intent": {},
      "pulumi-nodejs:dynamic/hms:Receipt": { says: "runs it" },
    });
  });
  const declare = async (parts?: Record<string, unknown>): Promise<void> => {
    new Site("anchorage", {
      target: "onprem/anchorage",
      service: "flood-formula",
      release,
      settings: settings(parts),
    });
    await settled();
  };

  test("is an intent, a shipment, an activation and a receipt", async () => {
    await declare();
    expect(declared.map(({ name }) => name)).toEqual([
      "anchorage",
      "anchorage-intent",
      "anchorage-ship",
      "anchorage-activate",
      "anchorage-receipt",
    ]);
  });

  test("pins the host key, and dials three times, five seconds each", async () => {
    await declare();
    // The connection is a secret, for the sake of the key in it.
    expect(declared.find(({ name }) => name === "anchorage-activate")?.inputs["connection"]).toMatchObject({
      value: { hostKey: "ssh-ed25519 AAAAC3Nz anchorage", dialErrorLimit: 2, perDialTimeout: 5 },
    });
  });

  test("takes itself away when it is destroyed", async () => {
    await declare();
    expect(declared.find(({ name }) => name === "anchorage-activate")?.inputs).toMatchObject({
      delete: "sh /srv/hms/flood-formula/bin/deactivate.sh flood-formula",
    });
  });

  test("shows nothing of what a site prints", async () => {
    await declare();
    expect(declared.find(({ name }) => name === "anchorage-activate")?.inputs["logging"]).toBe("none");
  });

  test("without its key is one sentence", () => {
    expect(
      () =>
        new Site("anchorage", {
          target: "onprem/anchorage",
          service: "flood-formula",
          release,
          settings: settings({ privateKeyFile: "/nowhere/key" }),
        }),
    ).toThrow(new UserError("privateKeyFile of anchorage: the file /nowhere/key is not there."));
  });
});
