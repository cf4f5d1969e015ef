/**
 * The last known head of a trail: how far this machine has seen it. It is kept beside the stacks, away from the trail, so that
 * a trail whose newest entries were cut off is found out.
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Head } from "../core/chain";
import { workFolder } from "./project";
import { writeWholeFile } from "./whole-file";

/** The folder of the heads. @default HMS_HEADS, or `.hms/heads` in the project */
export function headsFolder(): string {
  return path.resolve(process.env["HMS_HEADS"] ?? path.join(workFolder, "heads"));
}

/** Where the head of a trail is kept. */
export function headFile(trailFolder: string): string {
  const key = createHash("sha256").update(path.resolve(trailFolder)).digest("hex").slice(0, 16);
  return path.join(headsFolder(), `${key}.json`);
}

/** The last known head; undefined for a trail that this machine has never seen. */
export function readHead(trailFolder: string): Head | undefined {
  try {
    return JSON.parse(fs.readFileSync(headFile(trailFolder), "utf8")) as Head;
  } catch {
    // A head that is gone or broken protects nothing more, and must not stop anything: the chain is checked from its start.
    return undefined;
  }
}

/** Notes how far the trail goes now; never goes back. */
export function noteHead(trailFolder: string, head: Head): void {
  if ((readHead(trailFolder)?.number ?? 0) >= head.number) {
    return;
  }
  const file = headFile(trailFolder);
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  writeWholeFile(file, `${JSON.stringify({ ...head, trail: path.resolve(trailFolder) })}\n`, { mode: 0o600 });
}
