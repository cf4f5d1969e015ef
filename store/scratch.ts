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

/** The names of folders that {@link scratchFolder} made for processes of this machine that are over. */
export function deadScratch(parent: string, kind: string): string[] {
  return fs.readdirSync(parent).filter((name) => {
    const [number = ""] = name.startsWith(prefix(kind)) ? name.slice(prefix(kind).length).split("-") : [];
    return /^\d+$/.test(number) && isOver({ host: ownHolder().host, pid: Number(number) });
  });
}

/** What begins the names of a kind: what process numbers count in, too, for a folder that containers share. */
function prefix(kind: string): string {
  const { space = "" } = ownHolder();
  return `${kind}-${createHash("sha256").update(space).digest("hex").slice(0, 8)}-`;
}
