/** Writes files that nobody ever reads half of. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { deadAfterMilliseconds } from "./holder";
import { isOver } from "./remains";

/** How a file is written. */
export interface WholeFileOptions {
  /** Its permissions, e.g. 0o600. */
  readonly mode: number;
  /** Whether it must be on the disk before it gets its name. @default false */
  readonly durable?: boolean;
}

/** Writes a file under another name first, in the same folder, which must be there. What fails leaves nothing behind. */
export function writeWholeFile(
  file: string,
  content: string | Uint8Array,
  { mode, durable = false }: WholeFileOptions,
): void {
  const draft = draftOf(file);
  try {
    fs.writeFileSync(draft, content, { mode, flush: durable });
    fs.renameSync(draft, file);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Writes a file under a name that nobody has yet; see {@link writeWholeFile}. Unlike a rename, a link never takes the place of a file.
 *
 * @returns false when somebody has it
 */
export function createWholeFile(
  file: string,
  content: string | Uint8Array,
  { mode, durable = false }: WholeFileOptions,
): boolean {
  const draft = draftOf(file);
  try {
    fs.writeFileSync(draft, content, { mode, flush: durable });
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") {
      return false;
    }
    if (code === "ENOENT" && syscall === "link") {
      // Somebody took this process for dead, which was only very slow.
      return createWholeFile(file, content, { mode, durable });
    }
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Removes the drafts in a folder whose process was killed at them. A process of another machine, or container, can't be asked for: its
 * draft is left alone for as long as a holder of something may be quiet, which is much longer than to write a file takes.
 */
export function removeDeadDrafts(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const pid = Number(/^\..+\.(\d+)$/.exec(name)?.[1]);
    // This process has none under way: what has its number is of one before it, as in a container that was started again.
    if (pid > 0 && (pid === process.pid || isOver({ host: os.hostname(), pid }))) {
      const draft = path.join(folder, name);
      const age = Date.now() - (fs.statSync(draft, { throwIfNoEntry: false })?.mtimeMs ?? Infinity);
      if (age > deadAfterMilliseconds) {
        fs.rmSync(draft, { force: true });
      }
    }
  }
}

const draftOf = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file)}.${String(process.pid)}`);
