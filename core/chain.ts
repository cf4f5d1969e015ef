/** The trail's chain: what holds its files together, and what is wrong with one that is not held (design D3). */
import { createHash } from "node:crypto";
import { isSignedBy, type Keyring, open, type Opened } from "./dsse";
import { type Entry, noPrevious } from "./entry";
import { messageOf, UserError } from "./errors";
import { entryOf } from "./statement";

/** Where a trail ends: the number of an entry, and the digest of its file. */
export interface Head {
  readonly number: number;
  /** Hex SHA-256. */
  readonly digest: string;
}

/** What is known of a trail before the entry that is read next. */
export interface Place {
  readonly head: Head;
  /** The id of the key that signs there; undefined at the beginning. */
  readonly active?: string;
}

/** The place before a trail's first entry. */
export const beginning: Place = { head: { number: 0, digest: noPrevious } };

/** An entry that is in its place; its signature is still to be checked. */
export interface Link {
  readonly entry: Entry;
  /** Of the entry's file, hex SHA-256. */
  readonly digest: string;
  readonly opened: Opened;
}

/** An entry that is not what was written: the first one, as the trail is read from its beginning. */
export class BadEntry extends UserError {
  constructor(
    readonly number: number,
    /** What is wrong, after "entry N". */
    readonly what: string,
  ) {
    super(`Entry ${String(number)} of the trail ${what}. Put it back from a copy of the trail.`);
  }
}

/** The name of an entry's file. */
export function fileNameOf(number: number): string {
  return `${String(number).padStart(8, "0")}.json`;
}

/** The digest of an entry's file, in hex: what the next one holds as `previous`. */
export function digestOfFile(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Reads a trail's files, one after the other. */
export class Chain {
  private readonly keyring: Keyring;
  private last: Head;
  /** The id of the key that signs at this place. */
  private active: string | undefined;
  /** The ids of the keys that have signed. */
  private readonly used = new Set<string>();

  /** @param from the place of the first one to be read @default the trail's beginning */
  constructor(keyring: Keyring, from: Place = beginning) {
    this.keyring = keyring;
    this.last = from.head;
    this.active = from.active;
  }

  /** The last entry that was read; number 0 before the first. */
  get head(): Head {
    return this.last;
  }

  /**
   * The next entry, if it is in its place, and of the key that signs there.
   *
   * @throws BadEntry
   */
  read(name: string, text: string): Link {
    const number = this.last.number + 1;
    const bad = (what: string): never => {
      throw new BadEntry(number, what);
    };
    if (name !== fileNameOf(number)) {
      bad(`is missing: after entry ${String(this.last.number)} comes the file ${name}`);
    }
    const { opened, entry } = parse(text, bad);
    if (entry.number !== number) {
      bad(`says that it is entry ${String(entry.number)}: it was moved or copied`);
    }
    if (entry.previous !== this.last.digest) {
      bad(
        `does not follow the one before it: one of the two was altered, swapped or taken from another trail`,
      );
    }
    this.checkKey(opened.keyId, entry, bad);
    const digest = digestOfFile(text);
    this.last = { number, digest };
    return { entry, digest, opened };
  }

  /**
   * Checks the signature of an entry that was read.
   *
   * @throws BadEntry
   */
  checkSignature({ entry, opened }: Link): void {
    const key = this.keyring.get(opened.keyId);
    if (key === undefined || !isSignedBy(opened, key)) {
      throw new BadEntry(entry.number, wrongSignature(opened.keyId));
    }
  }

  private checkKey(keyId: string, { body }: Entry, bad: (what: string) => never): void {
    if (!this.keyring.has(keyId)) {
      bad(`is signed by a key that is not trusted (${short(keyId)}…)`);
    }
    const active = this.active ?? keyId;
    const turns = body.type === "keys-rotated" ? body.to : undefined;
    if (keyId !== active && keyId !== turns) {
      bad(`is signed by key ${short(keyId)}…, while ${short(active)}… signs`);
    }
    if (body.type === "keys-rotated" && body.from !== active) {
      bad(`turns from key ${short(body.from)}…, while ${short(active)}… signs`);
    }
    this.used.add(active);
    // Who finds an old key must not make it sign again.
    if (turns !== undefined && this.used.has(turns)) {
      bad(turnsBack(turns));
    }
    this.active = turns ?? keyId;
  }
}

/** The id of the key that signs after an entry, by its file's text. */
export function signsAfter(text: string): string {
  const { keyId, payload } = open(text);
  const { body } = entryOf(payload);
  return body.type === "keys-rotated" ? body.to : keyId;
}

/** The place after an entry, by its file's text. */
export function placeAfter(number: number, text: string): Place {
  return { head: { number, digest: digestOfFile(text) }, active: signsAfter(text) };
}

/** What is said of an entry that gives the trail back to a key that has signed it before. */
export function turnsBack(keyId: string): string {
  return `turns back to key ${short(keyId)}…, which was retired`;
}

/** What is said of an entry whose signature is wrong. */
export function wrongSignature(keyId: string): string {
  return `has a signature that is not of key ${short(keyId)}…: it was altered or forged`;
}

const short = (keyId: string): string => keyId.slice(0, 12);

function parse(text: string, bad: (what: string) => never): { opened: Opened; entry: Entry } {
  try {
    const opened = open(text);
    return { opened, entry: entryOf(opened.payload) };
  } catch (error) {
    return bad(`is ${error instanceof SyntaxError ? "no statement" : messageOf(error)}`);
  }
}
