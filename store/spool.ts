/**
 * What is to be delivered to others, kept as files until it is, in the order in which it came. One folder is one queue:
 *
 *     00000007.json            what waits, by its number
 *     failing.json             since when, how often and why the first of them was not taken
 *     on-its-way.json          the id of the one that was being sent, until it is known what became of it
 *     dead/20261124…-00000003-too-old.json   what was set aside, the newest hundred
 */
import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../core/errors";
import { createWholeFile, writeWholeFile } from "./whole-file";

/** Something that waits. */
export interface Item {
  /** Its file's name. */
  readonly name: string;
  /** The same however often it is delivered. */
  readonly id: string;
  /** ISO 8601, UTC: when it came. */
  readonly keptAt: string;
  readonly content: unknown;
}

/** How it goes with the first item of a queue. */
export interface Failing {
  /** ISO 8601, UTC: when it was first not taken. */
  readonly since: string;
  readonly tries: number;
  readonly why: string;
}

/** Files in this project's state are for their owner and the group. */
const fileMode = 0o640;

/** How many of those that were set aside are kept. */
const deadKept = 100;

/** A draft that is older was left by a process that died. */
const draftMilliseconds = 3_600_000;

/** Keeps an item at the end of a queue; it is on the disk when this returns. */
export function keep(queue: string, id: string, content: unknown): void {
  fs.mkdirSync(queue, { recursive: true });
  const text = JSON.stringify({ id, keptAt: new Date().toISOString(), content });
  // Another process may take the number first: then ours is the next one.
  for (;;) {
    const number = 1 + Number((waiting(queue).at(-1) ?? "0").replace(".json", ""));
    const file = path.join(queue, `${String(number).padStart(8, "0")}.json`);
    if (createWholeFile(file, text, { mode: fileMode, durable: true })) {
      syncFolder(queue);
      return;
    }
  }
}

/** The names of the files that wait, in their order. */
export function waiting(queue: string): string[] {
  return listed(queue)
    .filter((name) => /^\d{8,}\.json$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** An item, or why its file is none. */
export function readItem(queue: string, name: string): Item | string {
  try {
    const { id, keptAt, content } = JSON.parse(fs.readFileSync(path.join(queue, name), "utf8")) as Item;
    const isItem = typeof id === "string" && !Number.isNaN(Date.parse(keptAt)) && content !== undefined;
    return isItem ? { name, id, keptAt, content } : "it lacks id, keptAt or content";
  } catch (error) {
    return messageOf(error);
  }
}

/** Forgets an item that was delivered: it is gone from the disk, too, when this returns. */
export function forget(queue: string, name: string): void {
  fs.rmSync(path.join(queue, name), { force: true });
  syncFolder(queue);
}

/** Puts an item out of the queue's way. Returns where it lies. */
export function setAside(queue: string, name: string, why: "too-old" | "unreadable"): string {
  const dead = path.join(queue, "dead");
  fs.mkdirSync(dead, { recursive: true });
  const place = linkAside(path.join(queue, name), dead, `${name.replace(".json", "")}-${why}.json`);
  fs.rmSync(path.join(queue, name));
  syncFolder(queue);
  for (const old of setAsideIn(queue).slice(0, -deadKept)) {
    fs.rmSync(path.join(dead, old), { force: true });
  }
  return place;
}

/** Gives a file a second name, which begins with the time, and which nothing has yet: numbers come again when a queue was empty. */
function linkAside(file: string, folder: string, end: string): string {
  for (let stamp = BigInt(new Date().toISOString().replaceAll(/\D/g, "")); ; stamp += 1n) {
    const place = path.join(folder, `${stamp}-${end}`);
    try {
      fs.linkSync(file, place);
      return place;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw error;
      }
    }
  }
}

/** The names of the files that were set aside, oldest first. */
export function setAsideIn(queue: string): string[] {
  return listed(path.join(queue, "dead")).sort();
}

/** How it goes with the first item; undefined when nothing is known against it. */
export function failing(queue: string): Failing | undefined {
  try {
    return JSON.parse(fs.readFileSync(failingFile(queue), "utf8")) as Failing;
  } catch {
    // It is missing, or was cut off by a crash: then counting begins anew.
    return undefined;
  }
}

/** Notes how it goes with the first item; undefined when it was taken. */
export function noteFailing(queue: string, state: Failing | undefined): void {
  if (state === undefined) {
    fs.rmSync(failingFile(queue), { force: true });
  } else {
    writeWholeFile(failingFile(queue), JSON.stringify(state), { mode: fileMode });
  }
}

/** The id of the item that was sent, and of which nobody knows whether it has arrived; undefined when there is none. */
export function onItsWay(queue: string): string | undefined {
  try {
    return (JSON.parse(fs.readFileSync(onItsWayFile(queue), "utf8")) as { id?: string }).id;
  } catch {
    return undefined;
  }
}

/** Notes that an item is being sent, before it is; undefined when it is known what became of it. */
export function noteOnItsWay(queue: string, id: string | undefined): void {
  if (id === undefined) {
    fs.rmSync(onItsWayFile(queue), { force: true });
  } else if (onItsWay(queue) !== id) {
    writeWholeFile(onItsWayFile(queue), JSON.stringify({ id }), { mode: fileMode, durable: true });
  }
}

/** Removes what processes that died were writing. */
export function removeOldDrafts(queue: string): void {
  for (const name of listed(queue).filter((file) => /^\.\d+\.json\.\d+$/.test(file))) {
    const file = path.join(queue, name);
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > draftMilliseconds) {
      fs.rmSync(file, { force: true });
    }
  }
}

const onItsWayFile = (queue: string): string => path.join(queue, "on-its-way.json");
const failingFile = (queue: string): string => path.join(queue, "failing.json");

function listed(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

function syncFolder(folder: string): void {
  const directory = fs.openSync(folder, "r");
  fs.fsyncSync(directory);
  fs.closeSync(directory);
}
