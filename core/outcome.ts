/** What an update's events say of each target. Pure. */
import type { TargetOutcome } from "./entry";
import { Unreachable, WaitsForMedium, messageOf } from "./errors";
import { describe, isOf, type Receipt } from "./receipt";
import type { Release } from "./release";

/** The exit code of a run that ended so on its targets: 0 done, 1 failed somewhere, 3 stale somewhere. */
export function exitCodeOf(states: readonly TargetOutcome["state"][]): 0 | 1 | 3 {
  return states.includes("failed") ? 1 : states.includes("stale") ? 3 : 0;
}

/** The part of an engine's event that is read here; see `EngineEvent` of Pulumi's Automation API. */
export interface EventFacts {
  readonly diagnosticEvent?: { readonly urn?: string; readonly message: string; readonly severity: string };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly resourcePreEvent?: { readonly metadata: EventMetadata };
  readonly resOutputsEvent?: { readonly metadata: EventMetadata };
  readonly resOpFailedEvent?: { readonly metadata: EventMetadata };
  readonly summaryEvent?: object;
}

interface EventMetadata {
  readonly op: string;
  readonly urn: string;
  readonly type?: string;
  readonly new?: { readonly parent: string; readonly outputs?: Record<string, unknown> };
  readonly old?: { readonly parent: string };
}

/** Why a target did not get its release. */
export interface Failure {
  /** `stale`: nobody answered. `failed`: somebody answered, and refused or stayed unhealthy. */
  readonly state: "stale" | "failed";
  readonly why: string;
}

/** The last part of a URN: a resource's name. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** The name of the target that a resource belongs to: that of its parent component. */
export function targetOf(metadata: EventMetadata): string | undefined {
  const parent = metadata.new?.parent ?? metadata.old?.parent;
  return parent === undefined || parent === "" ? undefined : nameOf(parent);
}

/** The targets that failed, by name, and why. */
export function failures(events: readonly EventFacts[]): Map<string, Failure> {
  const targets = new Map<string, string>();
  const messages = new Map<string, string[]>();
  const failed = new Set<string>();
  for (const { resourcePreEvent, resOpFailedEvent, diagnosticEvent } of events) {
    const metadata = resourcePreEvent?.metadata ?? resOpFailedEvent?.metadata;
    const target = metadata && targetOf(metadata);
    if (metadata !== undefined && target !== undefined) {
      targets.set(metadata.urn, target);
    }
    if (resOpFailedEvent !== undefined) {
      failed.add(resOpFailedEvent.metadata.urn);
    }
    if (diagnosticEvent?.severity === "error" && diagnosticEvent.urn !== undefined) {
      const said = messages.get(diagnosticEvent.urn) ?? [];
      messages.set(diagnosticEvent.urn, [...said, diagnosticEvent.message]);
    }
  }
  const result = new Map<string, Failure>();
  for (const urn of new Set([...failed, ...messages.keys()])) {
    const target = targets.get(urn);
    if (target !== undefined && !result.has(target)) {
      result.set(target, explain((messages.get(urn) ?? []).join("\n") || `${nameOf(urn)} failed`));
    }
  }
  return result;
}

/** What a probe's error means for its target. */
export function failureOf(thrown: unknown): Failure {
  const said = messageOf(thrown).replace(/^(unreachable|refused): /, "");
  if (thrown instanceof WaitsForMedium) {
    // Nobody was asked: there is no line.
    return { state: "stale", why: said };
  }
  return thrown instanceof Unreachable
    ? { state: "stale", why: `unreachable: ${said}` }
    : { state: "failed", why: `refused: ${said}` };
}

/** What it means that a target answers, and is not as it should be: its release's container is unhealthy, or it has none. */
export function shortfallOf(
  receipt: Receipt,
  release: Pick<Release, "image" | "imageId" | "bundle"> | undefined,
): Failure {
  const word = release !== undefined && isOf(receipt, release) ? "unhealthy" : "refused";
  return { state: "failed", why: `${word}: it says: ${describe(receipt)}` };
}

/** What an engine, ssh, docker, a cluster or a partner means by its error. */
export function explain(message: string): Failure {
  const plain = stripColours(message);
  // Ours are these words, but for what Pulumi's Kubernetes says of any cluster that it can't work with.
  const marked = /(?<!cluster is )(unreachable|unhealthy|refused): ([^\n]+)/.exec(plain);
  if (marked !== null) {
    const [, word = "", why = ""] = marked;
    return { state: word === "unreachable" ? "stale" : "failed", why: `${word}: ${why.trim()}` };
  }
  const lines = plain
    .split("\n")
    .map((line) => line.replace(/^[\s*]+/, "").trim())
    .filter((line) => line !== "");
  const no = lines.find((line) => denied.test(line));
  if (no !== undefined) {
    return { state: "failed", why: `refused: ${no}` };
  }
  const dial = lines.find((line) => unreachable.test(line));
  if (dial !== undefined) {
    return { state: "stale", why: `unreachable: ${dial}` };
  }
  // A cluster says first that something is wrong, and then what.
  const pod = lines.find((line) =>
    /containers with unready status|ImagePull|CrashLoop|exceeded its progress/i.test(line),
  );
  return {
    state: "failed",
    why: `${pod === undefined ? "refused" : "unhealthy"}: ${pod ?? lines.at(-1) ?? "no reason given"}`,
  };
}

/** Somebody said no, or nobody was asked: another try would end the same. */
const denied =
  /Permission denied|Host key verification failed|unable to load Kubernetes client configuration/i;

const unreachable =
  /no route to host|connection refused|i\/o timeout|Cannot connect to the Docker daemon|failed to connect to any docker daemon|cluster is unreachable|network is unreachable|no such host|error during connect|remote command exited without exit status/i;

/**
 * What stops a run, as sentences: violations of the policy, and a trail that is not what the stack's state knows.
 *
 * @param except names of rules that are not asked here. @default none
 */
export function violations(events: readonly EventFacts[], except: readonly string[] = []): string[] {
  return events.flatMap(({ policyEvent, diagnosticEvent }) => {
    if (diagnosticEvent?.severity === "error" && diagnosticEvent.urn?.includes("hms:Intent::") === true) {
      const lines = stripColours(diagnosticEvent.message).trim().split("\n");
      return [
        `trail: ${lines.find((line) => line.includes("The trail"))?.replace(/^.*?(?=The trail)/, "") ?? lines[0] ?? ""}`,
      ];
    }
    return policyEvent?.enforcementLevel === "mandatory" && !except.includes(policyEvent.policyName)
      ? [
          `${policyEvent.policyName}: ${stripColours(policyEvent.message)
            .trim()
            .replaceAll(/\s*\n\s*/g, " ")}`,
        ]
      : [];
  });
}

/** What an update would do to one resource. Field names are stable: `--json` prints it. */
export interface Change {
  readonly op: "create" | "update" | "replace" | "delete";
  /** Pulumi's, such as `docker:index/container:Container`. */
  readonly type: string;
  readonly name: string;
}

/** What a preview says that would change, by the target's name. */
export function changes(events: readonly EventFacts[]): Map<string, Change[]> {
  const found = new Map<string, Change[]>();
  for (const { resourcePreEvent } of events) {
    const metadata = resourcePreEvent?.metadata;
    const target = metadata && targetOf(metadata);
    const op = operations.find((each) => each === metadata?.op);
    if (metadata !== undefined && target !== undefined && op !== undefined) {
      const change = { op, type: metadata.type ?? "", name: nameOf(metadata.urn) };
      found.set(target, [...(found.get(target) ?? []), change]);
    }
  }
  return found;
}

/** A replacement is told once, though the engine tells it in three steps (pulumi/pulumi, `deploy.StepOp`). */
const operations: readonly Change["op"][] = ["create", "update", "replace", "delete"];

/** Changes by their numbers, in Pulumi's signs: `+2 ~3 ±1 -1`; nothing for none. */
export function describeChanges(changed: readonly Change[]): string {
  const signs = [
    ["create", "+"],
    ["update", "~"],
    ["replace", "±"],
    ["delete", "-"],
  ] as const;
  return signs
    .map(([op, sign]) => [sign, changed.filter((change) => change.op === op).length] as const)
    .filter(([, count]) => count > 0)
    .map(([sign, count]) => `${sign}${String(count)}`)
    .join(" ");
}

/**
 * Whether a preview came to its end and found nothing to do: then an update would find nothing, either. One that gave a warning did
 * not see all, such as a cluster that does not answer.
 */
export function isSettled(events: readonly EventFacts[]): boolean {
  const isQuiet = events.every(({ diagnosticEvent: said }) => {
    // Of plugins that it finds on PATH the engine warns each time; a run's own are found so.
    return !/warn|err/.test(said?.severity ?? "") || /^using \S+ from \$PATH /.test(said?.message ?? "");
  });
  // The summary does not count what a replacement leaves to delete (pulumi/pulumi, `Step.Logical`).
  const isSame = events.every(({ resourcePreEvent: event }) => (event?.metadata.op ?? "same") === "same");
  return isQuiet && isSame && events.some(({ summaryEvent }) => summaryEvent !== undefined);
}

/**
 * What kept the policy from its answer on a resource: its pack ended, for one. The engine tells it of that resource
 * (pulumi/pulumi, `stepGenerator`), and it is no affair of a target's.
 */
export function unjudged(events: readonly EventFacts[]): string | undefined {
  return events
    .filter(({ diagnosticEvent }) => diagnosticEvent?.severity === "error")
    .map(({ diagnosticEvent }) => stripColours(diagnosticEvent?.message ?? "").trim())
    .map((message) => /failed to (?:run (?:policy|remediation)|get analyzer info): .*/.exec(message)?.[0])
    .find((said) => said !== undefined);
}

/** Whether an operation failed on a resource: then it is its target's own affair. */
export function isOfTarget(events: readonly EventFacts[]): boolean {
  return events.some(
    ({ diagnosticEvent }) =>
      diagnosticEvent?.severity === "error" &&
      diagnosticEvent.urn !== undefined &&
      !/(^$|::pulumi:pulumi:Stack::)/.test(diagnosticEvent.urn),
  );
}

/** The first that was said of what went wrong, where no resource did. */
export function firstSaid(events: readonly EventFacts[]): string | undefined {
  const lines = events
    .filter(({ diagnosticEvent }) => /err/.test(diagnosticEvent?.severity ?? ""))
    .map(({ diagnosticEvent }) => stripColours(diagnosticEvent?.message ?? "").trim());
  return lines[0]?.replace(/^error: /, "");
}

/** Why an update of what builds did not go through, as far as it said so. */
export function whyNotBuilt(events: readonly EventFacts[]): string | undefined {
  const [failure] = failures(events).values();
  return failure?.why.replace(/^refused: /, "") ?? firstSaid(events);
}

/** Pulumi marks colours in its messages as `<{%red%}>`. */
function stripColours(text: string): string {
  return text.replaceAll(/<\{%[a-z ]*%\}>/g, "");
}
