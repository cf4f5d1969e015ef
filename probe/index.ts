/** Asks a target what it runs or holds: for receipts, the check after an update, status and drift. */
import type { PartnerSettings } from "../core/config";
import type { Receipt } from "../core/receipt";
import type { Probe } from "../core/target";
import { probeCluster } from "./cluster";
import { probeDockerHost } from "./docker";
import { probePartner } from "./partner";
import { probeSite } from "./site";

/**
 * What a target says.
 *
 * @throws Unreachable when nobody answers, after the tries that the settings give
 * @throws Refused when somebody answers, and does not say
 */
export async function ask(probe: Probe): Promise<Receipt> {
  switch (probe.kind) {
    case "cluster":
      return probeCluster(probe.service, probe.settings);
    case "docker":
      return probeDockerHost(probe.service, probe.settings);
    case "site":
      return probeSite(probe.service, probe.settings);
    case "partner":
      return probeInbox(probe.settings);
  }
}

async function probeInbox(settings: PartnerSettings): Promise<Receipt> {
  const { holds } = await probePartner(settings);
  return holds === undefined
    ? { kind: "nothing" }
    : { kind: "holds", sha256: holds.sha256, size: holds.size, since: holds.modified ?? "" };
}
