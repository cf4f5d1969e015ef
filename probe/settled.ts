/** Asks a target whether it has come to a release. */
import { setTimeout } from "node:timers/promises";
import { isHealthy, isOf, type Receipt } from "../core/receipt";
import type { Release } from "../core/release";
import type { Probe } from "../core/target";
import { ask } from ".";

/** How often a target is asked, and how long it is left alone in between. */
export interface Patience {
  /** How often it is tried before it is out of reach. @default what its settings say */
  readonly tries?: number;
  readonly times: number;
  readonly pauseMilliseconds: number;
}

const patience: Patience = { times: 5, pauseMilliseconds: 1000 };

/**
 * What a target says once it runs a release in good health, or else what it says last. Health is asked for in one moment, and a busy
 * machine may miss that one. What lies in an inbox does not settle: it is asked for once.
 *
 * @throws as {@link ask}
 */
export async function askSettled(
  probe: Probe,
  release: Pick<Release, "image" | "imageId" | "bundle">,
  { times, pauseMilliseconds, tries }: Patience = patience,
  askOnce: (probe: Probe, tries?: number) => Promise<Receipt> = ask,
): Promise<Receipt> {
  for (let time = 1; ; time += 1) {
    const receipt = await askOnce(probe, tries);
    const isThere = isOf(receipt, release) && isHealthy(receipt);
    if (isThere || receipt.kind !== "runs" || time >= times) {
      return receipt;
    }
    await setTimeout(pauseMilliseconds);
  }
}
