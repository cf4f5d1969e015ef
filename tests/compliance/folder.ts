/** Folders for tests. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** A new folder with these files. */
export function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-test-"));
  for (const [file, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

/** Removes a folder. */
export function remove(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true });
}
