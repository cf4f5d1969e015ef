/** The lines that say what has arrived where. Every one is of a receipt that was read back. */
import { formatBytes } from "../core/format";
import type { Target } from "../core/target";
import type { RunLog } from "./log";

/** Says that a target has its release. */
export function announce(
  log: RunLog,
  target: Target,
  /** What the target's resources put out, by the resources' names. */
  facts: ReadonlyMap<string, Readonly<Record<string, unknown>>>,
): void {
  const { probe, name } = target;
  switch (probe.kind) {
    case "cluster":
    case "docker":
      log.say("🚀", `deployed to ${name}`);
      break;
    case "far":
      // Nothing is brought to it from here.
      break;
    case "site":
      log.say("🚚", `synced to ${name} (${transfer(facts.get(`${name}-ship`)?.["stdout"])})`);
      break;
    case "partner": {
      const url = new URL(probe.settings.url);
      log.say("📤", `uploaded bundle to ${url.protocol}//${name}${url.pathname}`);
      break;
    }
  }
}

/** What rsync sent, from the lines that `ship.ts` prints. */
function transfer(stdout: unknown): string {
  const printed = typeof stdout === "string" ? stdout : "";
  const sent = /sent=(\d+)/.exec(printed)?.[1];
  const total = /total=(\d+)/.exec(printed)?.[1];
  if (sent === undefined || total === undefined) {
    return "it was there already";
  }
  return `rsync, ${formatBytes(Number(sent))} of ${formatBytes(Number(total))} sent`;
}
