/** `hms audit show`: what a trail says, once the chain and what is shown are checked. */
import { Chain, type Head, type Link } from "../../core/chain";
import type { Entry } from "../../core/entry";
import { ofCommit, ofRun, ofTarget } from "../../core/entry-search";
import { sentenceOf } from "../../core/entry-text";
import { UserError } from "../../core/errors";
import { formatTable } from "../../core/format";
import { type AuditOptions, auditPlace, knownHeads, readEntryFile } from "./place";
import { requireHeads } from "./verify";

/** What to show: one of them. @default everything */
export interface ShowOptions extends AuditOptions {
  readonly number?: number;
  /** The first digits of a commit's hash. */
  readonly commit?: string;
  readonly run?: number;
  /** `STACK/NAME`, or a stack. */
  readonly target?: string;
}

/** An entry, and what vouches for it. */
export type ShownEntry = Entry & {
  /** Of its file, hex SHA-256. */
  readonly digest: string;
  /** The id of the key that signed it. */
  readonly keyId: string;
};

/** What is shown. Field names are stable: `--json` prints it. */
export interface Shown {
  /** Where the trail lies, absolute. */
  readonly trail: string;
  readonly entries: readonly ShownEntry[];
  /** Of the whole trail. */
  readonly head: Head;
  /** The in-toto statement, where one entry was asked for. */
  readonly statement?: unknown;
}

/**
 * Reads a trail. The chain is checked as a whole, signatures of what is shown: `verify` checks all.
 *
 * @throws UserError when an entry is not what was written, or none is meant
 */
export function show(options: ShowOptions): Shown {
  const heads = knownHeads(options);
  const place = auditPlace(options, heads[0]);
  const chain = new Chain(place.keyring);
  const links = new Map(
    place.names.map((name, index) => [index + 1, chain.read(name, readEntryFile(place.trail, name))]),
  );
  requireHeads(place, heads);
  const shown = meant(
    [...links.values()].map(({ entry }) => entry),
    options,
  ).flatMap(({ number }): Link[] => [links.get(number)].filter((link) => link !== undefined));
  shown.forEach((link) => {
    chain.checkSignature(link);
  });
  if (shown.length === 0) {
    throw new UserError(
      `The trail ${place.trail} has no such entry. "npx hms audit show" lists all of them.`,
    );
  }
  const [only] = shown;
  return {
    trail: place.trail,
    entries: shown.map(({ entry, digest, opened }) => ({ ...entry, digest, keyId: opened.keyId })),
    head: chain.head,
    ...(options.number !== undefined &&
      only !== undefined && { statement: JSON.parse(only.opened.payload) as unknown }),
  };
}

function meant(entries: readonly Entry[], { number, commit, run, target }: ShowOptions): readonly Entry[] {
  if (number !== undefined) return entries.filter((entry) => entry.number === number);
  if (commit !== undefined) return ofCommit(entries, commit);
  if (run !== undefined) return ofRun(entries, run);
  return target === undefined ? entries : ofTarget(entries, target);
}

/** The same for people: a line each, or one in full. */
export function formatShown({ trail, entries, head, statement }: Shown): string {
  const [only] = entries;
  if (statement !== undefined && only !== undefined) {
    return [
      `Entry ${String(only.number)} of ${trail}: ${sentenceOf(only.body)}`,
      `time    ${only.time}`,
      `by      ${only.by}`,
      `signed  by key ${only.keyId}, and the signature is good`,
      `digest  sha256:${only.digest}`,
      "",
      JSON.stringify(statement, null, 2),
    ].join("\n");
  }
  const rows = entries.map(({ number, time, by, keyId, body }) => [
    String(number),
    time.replace("T", " ").replace(/\.\d+Z$/, "Z"),
    by,
    keyId.slice(0, 12),
    body.type,
    sentenceOf(body),
  ]);
  return `${formatTable([["ENTRY", "TIME", "BY", "KEY", "TYPE", "WHAT"], ...rows])}\nhead ${String(head.number)}:${head.digest} of ${trail}`;
}
