/** Writes files that nobody ever reads half of. */
import fs from "node:fs";
import path from "node:path";

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
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

const draftOf = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file)}.${String(process.pid)}`);
