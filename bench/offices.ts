/** More field offices than the lab has: each a host of its own, with sshd and a docker engine, in a stack of the bench's own. */
import fs from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { makeStack } from "../lab/environment";
import { inLab, type LabHost } from "../lab/layout";
import { deployKey } from "../lab/keys";
import { mend, spoil } from "../lab/lines";
import { makeHost, removeHost } from "../lab/network";
import { hostKey, removeSite, siteHome, upSite } from "../lab/site";
import { projectFolder } from "../store/project";

/** The stack's name. */
export const officesStack = "offices";

const settingsFile = path.join(projectFolder, `Pulumi.${officesStack}.yaml`);

/** The n-th of them, from 0 on. */
const office = (n: number): LabHost => ({
  name: `office-${n + 1}`,
  gateway: `10.77.32.${4 * n + 1}`,
  address: `10.77.32.${4 * n + 2}`,
});

/** As many as one /24 has room for. */
export const mostOffices = 60;

/**
 * Brings so many offices up, and writes the settings of their stack.
 *
 * @param kbitPerSecond how thin their lines are @default as fast as the machine is
 */
export async function openOffices(count: number, kbitPerSecond?: number): Promise<readonly LabHost[]> {
  const offices = Array.from({ length: count }, (_, n) => office(n));
  for (const each of offices) {
    await makeHost(each);
    await upSite(each);
    if (kbitPerSecond !== undefined) await spoil(each, { kbitPerSecond });
  }
  fs.writeFileSync(settingsFile, stringify({ ...settingsFor(offices), ...salt }));
  await makeStack(officesStack);
  salt = saltIn(fs.readFileSync(settingsFile, "utf8"));
  return offices;
}

/** What the stack's secrets are encrypted with: the stack stays, also when its settings are written anew. */
let salt: Record<string, string> = {};

const saltIn = (settings: string): Record<string, string> => {
  const { encryptionsalt } = parse(settings) as { readonly encryptionsalt?: string };
  return encryptionsalt === undefined ? {} : { encryptionsalt };
};

const settingsFor = (offices: readonly LabHost[]): object => ({
  config: {
    "hms:role": "onprem",
    "hms:service": "flood-formula",
    "hms:release": "current",
    "hms:sites": offices.map(({ name, address }) => ({
      name,
      host: address,
      user: "root",
      privateKeyFile: deployKey,
      hostKey: { file: `${hostKey(name)}.pub` },
      folder: siteHome(name),
      proxyImage: { file: inLab("images", "caddy") },
      healthTimeoutSeconds: 60,
    })),
  },
});

/** Takes them all away, their stack's settings too. Its state goes with the lab. */
export async function closeOffices(offices: readonly LabHost[]): Promise<void> {
  fs.rmSync(settingsFile, { force: true });
  for (const each of offices) {
    await mend(each);
    await removeSite(each);
    await removeHost(each.name);
  }
}
