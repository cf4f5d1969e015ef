/** What a site without a line said last: it can't be asked, so the trail is. */
import type { FarSiteSettings } from "../core/config";
import type { TargetId } from "../core/entry";
import { WaitsForMedium } from "../core/errors";
import { desiredTag, lastReceipt, releaseOf } from "../core/history";
import { waitsForMedium } from "../core/medium";
import { isOf, type Receipt } from "../core/receipt";
import { openTrail } from "../store/trail";

/**
 * What a site said in the last receipt that came from it.
 *
 * @throws WaitsForMedium when that is not of the release that it should have
 */
export function probeFar(settings: FarSiteSettings, target: TargetId): Promise<Receipt> {
  const entries = openTrail().entries();
  const desired = desiredTag(entries, target);
  const release = desired === undefined ? undefined : releaseOf(entries, desired);
  const last = lastReceipt(entries, target);
  if (release !== undefined && (last === undefined || !isOf(last.receipt, release))) {
    return Promise.reject(new WaitsForMedium(waitsForMedium(target, settings.name, release.tag)));
  }
  return Promise.resolve(last?.receipt ?? { kind: "nothing" });
}
