/** Entries as in-toto statements (https://in-toto.io/Statement/v1): each type of entry is a predicate of its own. */
import { digestOf } from "./release";
import type { Body, Entry } from "./entry";

/** What a statement is about: a name, and a digest by algorithm. */
export interface Subject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** An in-toto statement. */
export interface Statement<P = Readonly<Record<string, unknown>>> {
  readonly _type: "https://in-toto.io/Statement/v1";
  readonly subject: readonly Subject[];
  readonly predicateType: string;
  readonly predicate: P;
}

/** A statement about subjects. */
export function statement<P>(subject: readonly Subject[], predicateType: string, predicate: P): Statement<P> {
  return { _type: "https://in-toto.io/Statement/v1", subject, predicateType, predicate };
}

/** The types of the trail's own predicates begin with this; docs/attestations.md describes each. */
export const trailPredicates = "https://hms.example/trail/";

const version = "/v1";

/** The statement that an entry is written as. */
export function statementOf({ body, ...place }: Entry): Statement {
  const { type, ...facts } = body;
  const subject = [entryBefore(place), ...subjectsOf(body)];
  return statement(subject, `${trailPredicates}${type}${version}`, { ...place, ...facts });
}

/**
 * The entry of a statement.
 *
 * @throws Error when the statement is no entry's; the message goes on after "it is …"
 */
export function entryOf(payload: string): Entry {
  const { predicateType, predicate } = JSON.parse(payload) as Statement<Entry & Body>;
  if (!predicateType.startsWith(trailPredicates) || !predicateType.endsWith(version)) {
    throw new Error(`a statement of type ${predicateType}, which is no entry's`);
  }
  const type = predicateType.slice(trailPredicates.length, -version.length);
  const { number, previous, time, by, actor, ...facts } = predicate;
  const place = { number, previous, time, by, ...(actor !== undefined && { actor }) };
  return { ...place, body: { ...facts, type } as Body };
}

/** Each entry is about the one before it, so that stock tools can check the chain: its file is the artefact. */
function entryBefore({ number, previous }: Pick<Entry, "number" | "previous">): Subject {
  return { name: `entry ${String(number - 1)}`, digest: { sha256: previous } };
}

/** The artefacts that an entry is about. */
function subjectsOf(body: Body): Subject[] {
  switch (body.type) {
    case "run-started":
      return [{ name: "commit", digest: { gitCommit: body.commit } }];
    case "report":
      return [
        { name: "commit", digest: { gitCommit: body.commit } },
        { name: "report", digest: { sha256: body.digest.replace("sha256:", "") } },
      ];
    case "artefacts":
      return [
        { name: "image", digest: { sha256: digestOf(body.image).replace("sha256:", "") } },
        { name: "bundle", digest: { sha256: body.bundle } },
        { name: "findings", digest: { sha256: body.digest.replace("sha256:", "") } },
      ];
    case "release": {
      const { image, bundle, commit } = body.release;
      return [
        { name: "commit", digest: { gitCommit: commit } },
        { name: "image", digest: { sha256: digestOf(image).replace("sha256:", "") } },
        { name: "bundle", digest: { sha256: bundle.sha256 } },
      ];
    }
    case "hand-over":
      return [{ name: "bundle", digest: { sha256: body.bundle } }];
    case "drift":
    case "receipt":
      return body.receipt.kind === "nothing"
        ? []
        : [
            body.receipt.kind === "runs"
              ? { name: "image", digest: { sha256: digestOf(body.receipt.image).replace("sha256:", "") } }
              : { name: "bundle", digest: { sha256: body.receipt.sha256 } },
          ];
    case "release-exported":
      return [{ name: "medium", digest: { sha256: body.medium.replace("sha256:", "") } }];
    default:
      return [];
  }
}
