/** Temporary folders that say whose they are by their names, so that what killed processes have left can be cleared away. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { ownHolder } from "./holder";
import { isOver } from "./remains";

/** Makes a folder for this process alone, and clears away those of its kind whose processes of this machine are over. */
export function scratchFolder(parent: string, kind: string): string {
  for (const name of deadScratch(parent, kind)) {
    try {
      fs.rmSync(path.join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, or another process is at it.
    }
  }
  return fs.mkdtempSync(path.join(parent, `${prefix(kind)}${String(process.pid)}-`));
}

/** A folder of another boot or container, whose process can't be asked, is nobody's after so long. */
const forgottenAfterMilliseconds = 24 * 60 * 60 * 1000;

/** The names of folders that {@link scratchFolder} made for processes that are over. */
export function deadScratch(parent: string, kind: string): string[] {
  const here = prefix(kind);
  const { host } = ownHolder();
  return fs.readdirSync(parent).filter((name) => {
    const [, start, pid] = /^(.*-[0-9a-f]{8}-)(\d+)-[^-]*$/.exec(name) ?? [];
    if (!start?.startsWith(`${kind}-`) || start.length !== here.length) {
      return false;
    }
    return start === here
      ? isOver({ host, pid: Number(pid) })
      : ageOf(path.join(parent, name)) > forgottenAfterMilliseconds;
  });
}

function ageOf(folder: string): number {
  return Date.now() - (fs.statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
}

/** What begins the names of a kind: what process numbers count in, too, for a folder that containers share. */
function prefix(kind: string): string {
  const { space = "" } = ownHolder();
  return `${kind}-${createHash("sha256").update(space).digest("hex").slice(0, 8)}-`;
}
