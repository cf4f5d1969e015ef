/** What other systems are told: CloudEvents 1.0 about what was shipped (design D9). */
import { CloudEvent, type CloudEventV1, HTTP } from "cloudevents";
import type { Entry, TargetId, TargetOutcome } from "./entry";
import { trailId } from "./history";
import type { Release } from "./release";

/**
 * What happened. `hms.build_published`: a run brought a release to its targets. `hms.rolled_back`: a rollback put one back.
 */
export type EventType = "hms.build_published" | "hms.rolled_back";

/** Which release is where, by its digests. Field names are stable; `docs/schemas/release-event.json` says the same. */
export interface ReleaseFacts {
  readonly service: string;
  /** The run's or rollback's number in the trail. */
  readonly run: number;
  readonly tag: string;
  /** Full commit hash. */
  readonly commit: string;
  /** The commit's first line. */
  readonly subject: string;
  /** `repository@sha256:…` */
  readonly image: string;
  /** `sha256:…` of the image's configuration: what a docker engine calls its id. */
  readonly imageId: string;
  readonly bundle: {
    /** Hex. */
    readonly sha256: string;
    /** Bytes. */
    readonly size: number;
  };
  /** `sha256:…` of the compliance report. */
  readonly report: string;
  /** `sha256:…` of the signed provenance. */
  readonly provenance: string;
  /** How it ended on each target, and what was sent there. Why is the trail's affair: it may name hosts. */
  readonly targets: Readonly<
    Record<TargetId, { readonly state: TargetOutcome["state"]; readonly tag: string }>
  >;
}

/** An event as it is kept until every subscriber has it. */
export type ReleaseEvent = CloudEventV1<ReleaseFacts>;

/** What the facts of an event look like: the `$id` of `docs/schemas/release-event.json`. */
export const dataSchema = "urn:hms:release-event:1";

/** What an event is made from. */
export interface Happening {
  readonly type: EventType;
  readonly run: number;
  readonly release: Release;
  readonly targets: ReadonlyMap<TargetId, TargetOutcome>;
  /** The trail's entries. */
  readonly entries: readonly Entry[];
  /** ISO 8601, UTC. */
  readonly time: string;
}

/**
 * The event of a run or a rollback.
 *
 * Its id is the same however often it is sent, and another for each run of each trail: by source and id a receiver knows
 * what it had before (CloudEvents 1.0.2, "id").
 */
export function releaseEvent({ type, run, release, targets, entries, time }: Happening): ReleaseEvent {
  const { service, tag, commit, subject, image, imageId, report, provenance } = release;
  const { sha256, size } = release.bundle;
  const states = [...targets].map(([id, outcome]) => [id, { state: outcome.state, tag: outcome.tag }]);
  return {
    specversion: "1.0",
    id: `${service}-${run}-${trailId(entries)}`,
    source: `/hms/${service}`,
    type,
    subject: tag,
    time,
    datacontenttype: "application/json",
    dataschema: dataSchema,
    data: {
      service,
      run,
      tag,
      commit,
      subject,
      image,
      imageId,
      bundle: { sha256, size },
      report,
      provenance,
      targets: Object.fromEntries(states) as ReleaseFacts["targets"],
    },
  };
}

/** A request without its address. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An event as a request, in one of the two modes of the HTTP binding (CloudEvents 1.0.2, HTTP Protocol Binding, 3.1 and 3.2). */
export function encode(event: ReleaseEvent, mode: "structured" | "binary"): Message {
  const message = HTTP[mode](new CloudEvent(event));
  const headers = Object.entries(message.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { headers: Object.fromEntries(headers) as Message["headers"], body: String(message.body) };
}
