/** What an entry says, in a sentence for people. Pure. */
import type { Body } from "./entry";
import { formatBytes } from "./format";
import { describe } from "./receipt";
import { tagOf } from "./release";

/** One line on what happened. */
export function sentenceOf(body: Body): string {
  switch (body.type) {
    case "run-started":
      return `run #${String(body.run)} of ${tagOf(body.commit)} "${body.subject}" (${body.trigger}${body.plan === undefined ? "" : `, by the plan ${body.plan.slice(0, 19)}…`})${covered(body.covers)}`;
    case "report":
      return `${tagOf(body.commit)} ${body.passed ? "passed" : "did not pass"}: ${String(body.tests)} tests, ${String(body.findings)} findings`;
    case "artefacts":
      return `what was built of ${tagOf(body.commit)} ${body.passed ? "passed" : "did not pass"}: ${String(body.findings)} findings`;
    case "release":
      return `${body.release.tag} "${body.release.subject}": ${body.release.image}`;
    case "desired":
      return `${body.target} is to have ${body.tag} (${body.cause}${body.reason === undefined ? "" : `: ${body.reason}`})`;
    case "receipt":
      return `${body.target} ${body.tag}: ${describe(body.receipt)}${saidOn(body)}`;
    case "drift":
      return `${body.target} (${body.tag}) changed without us: ${body.why}`;
    case "hand-over":
      return `${body.target} ${body.what === "given" ? "was given" : "no longer has"} ${body.file} of ${body.tag}, sha256:${body.bundle.slice(0, 12)}`;
    case "release-exported":
      return `${body.tag} for ${body.target} is on a medium (${String(body.files)} files, ${formatBytes(body.bytes)}, ${body.since === undefined ? "all of it" : `what ${body.since} does not have`})`;
    case "site-key":
      return `${body.target} signs its receipts with ${body.key.slice(0, 12)}…${body.replaces === undefined ? "" : ` instead of ${body.replaces.slice(0, 12)}…: ${body.reason ?? ""}`}`;
    case "refusal":
      return `${body.run === undefined ? `an update of ${body.target ?? "a target"}` : `run #${String(body.run)}`} refused (${body.stage}): ${body.why}`;
    case "rollback-started":
      return `run #${String(body.run)} rolls back ${body.targets.map(({ target, from, to }) => `${target} from ${from} to ${to}`).join(", ")}: ${body.reason}`;
    case "quarantine-lifted":
      return `${body.tag} may ship again: ${body.reason}`;
    case "run-broke-off":
      return `run #${String(body.run)} broke off: ${body.why}`;
    case "run-finished":
      return `run #${String(body.run)} ended with ${String(body.exitCode)}${outcomes(body.targets)}`;
    case "waiver":
      return `${body.owner} waives ${body.rule} for ${body.target ?? "every target"} until ${body.until}: ${body.reason}`;
    case "keys-rotated":
      return `key ${body.to.slice(0, 12)}… signs after ${body.from.slice(0, 12)}…: ${body.reason}`;
    case "site-enrolled":
      return `${body.target} (${body.host}, ${body.fingerprint}) takes releases of ${body.service} from ${body.user}, signed by ${body.keys.map((id) => `${id.slice(0, 12)}…`).join(", ")}`;
    case "site-removed":
      return `${body.target} (${body.host}) takes no releases of ${body.service} from ${body.user} any more${body.purged ? "; the service is taken off" : ""}`;
  }
}

function covered(commits: readonly string[] = []): string {
  return commits.length === 0 ? "" : `, which covers ${commits.map(tagOf).join(", ")}`;
}

function saidOn({ via, saidAt }: Extract<Body, { type: "receipt" }>): string {
  return via === undefined ? "" : `, as it said on ${saidAt ?? "some day"} (by ${via})`;
}

function outcomes(targets: Extract<Body, { type: "run-finished" }>["targets"]): string {
  const all = Object.entries(targets).map(([target, { state }]) => `${target} ${state}`);
  return all.length === 0 ? "" : `: ${all.join(", ")}`;
}
