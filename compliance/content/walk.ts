/** The files of folders, in an order that is the same on every machine. */
import fs from "node:fs";
import path from "node:path";
import { UserError } from "../../core/errors";

/** Something in a folder that is no folder. */
export interface Entry {
  /** Relative to its root, with `/`; a root that is a file has its own name. */
  readonly file: string;
  readonly path: string;
  readonly stat: fs.Stats;
}

/** Everything below the roots that is no folder. */
export function entriesOf(roots: readonly string[]): Entry[] {
  return roots.flatMap((root) => {
    const stat = fs.statSync(root, { throwIfNoEntry: false });
    if (stat === undefined)
      throw new UserError(`There is no file or folder "${root}". Name one that is there.`);
    if (!stat.isDirectory()) return [{ file: path.basename(root), path: root, stat }];
    return below(root);
  });
}

function below(root: string): Entry[] {
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"));
  return [...new Set(files.map(withoutGit))]
    .sort()
    .map((file) => ({ file, path: path.join(root, file) }))
    .map((entry) => ({ ...entry, stat: fs.lstatSync(entry.path) }));
}

/** Git's own folder holds packed versions of everything: it is told as one. */
const withoutGit = (file: string): string => file.replace(/((?:^|\/)\.git)\/.*/s, "$1");

/** Why something in a folder is not read. Links are not followed: what they lead to is a file of its own, or not ours. */
export function whyNotRead({ stat }: Entry): string | undefined {
  if (stat.isDirectory()) return "Git's own folder: scan an export of the commit";
  if (stat.isSymbolicLink()) return "symbolic link";
  return stat.isFile() ? undefined : "no regular file";
}
