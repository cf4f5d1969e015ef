/** The partners' part of the lab, for tests of its own: that of a lab that is up, or one that comes and goes. */
import { afterAll, beforeAll } from "@jest/globals";
import { readdirSync, rmdirSync, rmSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { folderOf, inLab, partners } from "../../lab/layout";
import { closeFence, makeHost, openFence, outsideLinks, removeHost } from "../../lab/network";
import { inboxOf, loginKey, passwordFile, type PartnerName } from "../../lab/partner-files";
import { downPartners, partnersStatus, upPartners } from "../../lab/partners";

/** Every partner of the lab. */
export const names = Object.keys(partners) as PartnerName[];

/** What these tests bring goes by a name of its own: a lab that is up has its bundles in the same inboxes. */
export const fileName = "trial.zip";

/** Files of these tests in an inbox. */
export const filesIn = (name: PartnerName): string[] =>
  readdirSync(inboxOf(name))
    .filter((file) => file.includes(fileName))
    .sort();

/** Empties an inbox of what these tests brought. */
export function clear(name: PartnerName): void {
  for (const file of filesIn(name)) rmSync(path.join(inboxOf(name), file));
}

/** Removes a folder with nothing in it; one that something is mounted on stays. */
function removeEmpty(place: string): void {
  try {
    rmdirSync(place);
  } catch (error) {
    if (!["ENOTEMPTY", "EBUSY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/** Has the partners up while the tests of a file run. What was there before stays; what was not, goes. */
export function usePartners(): void {
  let wasUp: boolean;
  let fenced: boolean;

  beforeAll(async () => {
    wasUp = (await partnersStatus()).some(({ up }) => up);
    fenced = (await execa("ip", ["rule"])).stdout.includes("7701:");
    if (!fenced) await closeFence(await outsideLinks());
    for (const host of Object.values(partners)) await makeHost(host);
    await upPartners();
  }, 60_000);

  afterAll(async () => {
    names.forEach(clear);
    if (wasUp) return;
    await downPartners();
    for (const name of names) {
      await removeHost(name);
      rmSync(folderOf(name), { recursive: true });
      rmSync(passwordFile(name));
    }
    for (const file of [inLab("partners"), loginKey, `${loginKey}.pub`]) rmSync(file, { recursive: true });
    for (const place of [inLab("keys"), inLab("secrets"), inLab("hosts"), inLab()]) removeEmpty(place);
    if (!fenced) await openFence();
  }, 60_000);
}
