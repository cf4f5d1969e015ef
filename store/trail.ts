/** The trail: numbered, signed files, each made once and holding the digest of the one before it (design D3). */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beginning, digestOfFile, fileNameOf, type Head, signsAfter } from "../core/chain";
import { seal, type Signer } from "../core/dsse";
import type { Body, Entry } from "../core/entry";
import { UserError } from "../core/errors";
import { statementOf } from "../core/statement";
import { type Follower, followTrail } from "./follow";
import { noteHead, readHead } from "./head";
import { howToMakeKeys, signer, trustedFolder, trustedKeys } from "./keys";
import { trailFolder } from "./project";
import { entriesFolderOf, entryFiles, guarded, requireKnownHead } from "./trail-files";
import { createWholeFile, removeDeadDrafts } from "./whole-file";

/** An append-only log. */
export interface Trail {
  /** Every entry, oldest first, once chain and signatures are checked. */
  entries(): Entry[];
  /** Adds an entry, and returns it once it is on the disk. */
  append(body: Body): Entry;
}

/** Entries are written by nobody but their writer, and are read by its group. */
const fileMode = 0o640;

/** What was read of a trail. */
interface Memory {
  readonly follower: Follower;
  readonly entries: Entry[];
}

/**
 * The trail that lies in a folder, which is made when it is missing.
 *
 * Signatures are checked from the last known head on: what was checked once is held by the chain. What one reader has read it
 * does not read again; it makes sure that the last of it still lies there.
 *
 * @throws UserError when the folder can't be read or written, there is no key, or an entry is not what was written
 */
export function directoryTrail(folder: string): Trail {
  const entriesFolder = entriesFolderOf(folder);
  let hasCleared = false;
  let memory: Memory | undefined;
  const readEntry = (name: string): string => fs.readFileSync(path.join(entriesFolder, name), "utf8");

  /** A run asks often, and a year of runs is a hundred thousand entries. */
  function read(): { readonly entries: Entry[]; readonly head: Head } {
    if (!fs.existsSync(entriesFolder)) {
      // One without entries; unless it was known to have some.
      requireKnownHead(folder, readHead(folder), undefined);
      return { entries: [], head: beginning.head };
    }
    // Read first: entries that come meanwhile are only further on.
    const known = readHead(folder);
    memory ??= { follower: followTrail(folder), entries: [] };
    const { follower, entries } = memory;
    const before = entries.length;
    try {
      for (let news; (news = follower.next(1000)).length > 0;) {
        entries.push(...news);
      }
      if (known !== undefined && known.number > follower.head.number) {
        // What was read is whole, and what others have read or written after it is gone.
        requireKnownHead(folder, known, undefined);
      }
    } catch (error) {
      memory = undefined;
      throw error;
    }
    if (entries.length > before) {
      noteHead(folder, follower.head);
    }
    return { entries: [...entries], head: follower.head };
  }

  /** The last entry, without reading those before it where they are known to be good. */
  function last(): Head & { readonly signsNext?: string } {
    const name = entryFiles(folder).at(-1);
    if (name === undefined) {
      return read().head;
    }
    const text = readEntry(name);
    const known = readHead(folder);
    const isKnown = known?.digest === digestOfFile(text) && fileNameOf(known.number) === name;
    return { ...(isKnown ? known : read().head), signsNext: signsAfter(text) };
  }

  function tryAppend(body: Body): Entry | undefined {
    const { signsNext, ...head } = last();
    const by = signer();
    requireOwnKey(by, body, signsNext);
    const entry: Entry = {
      number: head.number + 1,
      previous: head.digest,
      time: new Date().toISOString(),
      by: who(),
      ...actor(),
      body,
    };
    const text = seal(JSON.stringify(statementOf(entry)), by);
    if (!createOnce(entriesFolder, fileNameOf(entry.number), text)) {
      return undefined;
    }
    noteHead(folder, { number: entry.number, digest: digestOfFile(text) });
    return entry;
  }

  return {
    entries: () => guarded(folder, () => read().entries),
    append: (body) =>
      guarded(folder, () => {
        fs.mkdirSync(entriesFolder, { recursive: true, mode: 0o750 });
        if (!hasCleared) {
          removeDeadDrafts(entriesFolder);
          hasCleared = true;
        }
        for (;;) {
          // Another writer may take the number first: then ours is the next one.
          const entry = tryAppend(body);
          if (entry !== undefined) {
            return entry;
          }
        }
      }),
  };
}

const opened = new Map<string, Trail>();

/** The trail that the environment names. All that ask in one process share what was read. */
export function openTrail(): Trail {
  const folder = trailFolder();
  const trail = opened.get(folder) ?? directoryTrail(folder);
  opened.set(folder, trail);
  return trail;
}

/** On whose behalf: what a person set, or a CI knows. */
function actor(): Pick<Entry, "actor"> {
  const names = ["HMS_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"].map((name) => process.env[name] ?? "");
  const found = names.find((name) => name !== "");
  return found === undefined ? {} : { actor: found };
}

/** Who writes: the user and the machine. */
const who = (): string => `${os.userInfo().username}@${os.hostname()}`;

/**
 * An entry of another key would make the whole trail bad.
 *
 * @throws UserError when the key is not the one that signs next, or is not trusted
 */
function requireOwnKey({ keyId }: Signer, body: Body, signsNext: string | undefined): void {
  const takesOver = body.type === "keys-rotated" && body.to === keyId;
  if (signsNext !== undefined && keyId !== signsNext && !takesOver) {
    throw new UserError(
      `The signing key is ${keyId.slice(0, 12)}…, but ${signsNext.slice(0, 12)}… signs this trail. ` +
        'Set HMS_KEYS to where that one lies; if it is lost, run "npx hms keys rotate --lost --reason TEXT".',
    );
  }
  if (!trustedKeys().has(keyId)) {
    throw new UserError(
      `The signing key ${keyId.slice(0, 12)}… is not among those in ${trustedFolder()}. ${howToMakeKeys}`,
    );
  }
}

/** Where a trail ends; undefined for one without entries. */
export function trailHead(folder: string): Head | undefined {
  const name = entryFiles(folder).at(-1);
  return name === undefined
    ? undefined
    : { number: Number(name.slice(0, 8)), digest: digestAt(folder, name) ?? "" };
}

function digestAt(folder: string, name: string): string | undefined {
  const file = path.join(entriesFolderOf(folder), name);
  return fs.existsSync(file) ? digestOfFile(fs.readFileSync(file, "utf8")) : undefined;
}

/**
 * Makes sure that a trail still holds a head that was kept elsewhere.
 *
 * @throws UserError when it does not
 */
export function requireHead(folder: string, head: Head | undefined): void {
  if (head === undefined) {
    return;
  }
  const found = digestAt(folder, fileNameOf(head.number));
  if (found !== head.digest) {
    throw new UserError(
      `The trail ${folder} does not hold entry ${String(head.number)} as the stack's state knows it: ` +
        `${found === undefined ? "its newest entries were cut off" : "it was altered"}. Put the trail back from a copy.`,
    );
  }
}

/** Puts an entry down to the disk under a name that nobody has yet. False when somebody has it. */
function createOnce(folder: string, name: string, text: string): boolean {
  if (!createWholeFile(path.join(folder, name), text, { mode: fileMode, durable: true })) {
    return false;
  }
  const directory = fs.openSync(folder, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
  return true;
}
