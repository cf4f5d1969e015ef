/** `hms site list`: which sites a stack has, and how they were enrolled. */
import { enrolmentOf } from "../../core/enrolment";
import type { TargetId } from "../../core/entry";
import { formatTable } from "../../core/format";
import { all } from "../../core/history";
import { openTrail } from "../../store/trail";
import { makeGate } from "./gate";
import { siteStack } from "./place";

/** One site. Field names are stable: `--json` prints it. */
export interface ListedSite {
  readonly name: string;
  readonly target: TargetId;
  readonly host: string;
  readonly user: string;
  /**
   * `enrolled`; `outdated`: its gate has the scripts of another version of this program; `by hand`: the stack lists it, and nobody enrolled
   * it; `unlisted`: it is enrolled, and the stack does not list it.
   */
  readonly state: "enrolled" | "outdated" | "by hand" | "unlisted";
  /** When it was enrolled last: ISO 8601, UTC. */
  readonly since?: string;
  /** Who did. */
  readonly by?: string;
  /** Of its host key. */
  readonly fingerprint?: string;
  /** The ids of the keys whose releases it takes. */
  readonly keys?: readonly string[];
}

/** The sites of a stack, and those that were enrolled for it. */
export async function listSites(stack = "onprem"): Promise<ListedSite[]> {
  const { sites } = await siteStack(stack);
  const entries = openTrail().entries();
  const enrolledNames = all(entries, "site-enrolled")
    .map(({ body }) => body.target.split("/"))
    .flatMap(([of, name = ""]) => (of === stack ? [name] : []));
  const names = [...new Set([...sites.map(({ name }) => name), ...enrolledNames])];
  return names.flatMap((name): ListedSite[] => {
    const target: TargetId = `${stack}/${name}`;
    const listed = sites.find((site) => site.name === name);
    const entry = enrolmentOf(entries, target);
    if (entry === undefined) {
      return listed === undefined
        ? []
        : [{ name, target, host: listed.host, user: listed.user, state: "by hand" }];
    }
    const { host, user, fingerprint, keys, gate, folder, service } = entry.body;
    const state =
      listed === undefined
        ? "unlisted"
        : gate === makeGate({ site: name, folder, service }).digest
          ? "enrolled"
          : "outdated";
    return [{ name, target, host, user, state, since: entry.time, by: entry.by, fingerprint, keys }];
  });
}

/** The same for people. */
export function formatSites(sites: readonly ListedSite[]): string {
  const rows = sites.map(({ target, host, user, state, since, fingerprint }) => [
    ...[target, `${user}@${host}`, state, since?.slice(0, 10) ?? "–", fingerprint ?? "–"],
  ]);
  return formatTable([["SITE", "LOGIN", "STATE", "SINCE", "HOST KEY"], ...rows]);
}
