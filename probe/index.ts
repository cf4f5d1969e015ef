/** Asks a target what it runs or holds: for receipts, the check after an update, status and drift. */
import type { Receipt } from "../core/receipt";
import type { Probe } from "../core/target";
import { probeCluster } from "./cluster";
import { probeDockerHost } from "./docker";
import { probeFar } from "./far";
import { probePartner } from "./partner";
import { probeSite } from "./site";

/** How often a target is tried whose settings don't say. */
const defaultTries = 3;

/**
 * What a target says. Every kind has its own limits on how long an answer may take, so that this always ends.
 *
 * @param tries how often it is tried; default what the settings say, else 3
 * @throws Unreachable when nobody answers, after the tries
 * @throws Refused when somebody answers, and does not say
 */
export async function ask(probe: Probe, tries?: number): Promise<Receipt> {
  switch (probe.kind) {
    case "cluster":
      return probeCluster(probe.service, probe.settings, tries ?? defaultTries);
    case "docker":
      return probeDockerHost(probe.service, probe.settings, tries ?? defaultTries);
    case "site":
      return probeSite(probe.service, { ...probe.settings, tries: tries ?? probe.settings.tries });
    case "far":
      return probeFar(probe.settings, probe.target);
    case "partner":
      return probePartner(probe.target, { ...probe.settings, tries: tries ?? probe.settings.tries });
  }
}
