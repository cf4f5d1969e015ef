/** The files of folders, in an order that is the same on every machine. */
import fs from "node:fs";
import path from "node:path";
import { UserError, messageOf } from "../../core/errors";

/** Something in a folder that is no folder; or a folder that can't be looked into. */
export interface Entry {
  /** Relative to its root, with `/`; a root that is a file has its own name. */
  readonly file: string;
  readonly path: string;
  readonly stat: fs.Stats;
  /** What the disk said of a folder that can't be looked into. */
  readonly why?: string;
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
  const unread = new Map<string, string>();
  const files = namesIn(root, "", unread).map(withoutGit);
  return [...new Set(files)]
    .sort()
    .map((file) => ({ file, path: path.join(root, file), why: unread.get(file) }))
    .map(({ why, ...entry }) => ({
      ...entry,
      stat: fs.lstatSync(entry.path),
      ...(why !== undefined && { why }),
    }));
}

/** What is in a folder and those below it. One that can't be looked into stands for what is in it. */
function namesIn(root: string, folder: string, unread: Map<string, string>): string[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(path.join(root, folder), { withFileTypes: true });
  } catch (error) {
    const why = messageOf(error).replace(/, .*/s, "");
    if (folder === "") throw new UserError(`${root} can't be read (${why}). Make it readable.`);
    unread.set(folder, `can't be looked into: ${why}`);
    return [folder];
  }
  return entries.flatMap((entry) => {
    const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? namesIn(root, name, unread) : [name];
  });
}

/** Git's own folder holds packed versions of everything: it is told as one. */
const withoutGit = (file: string): string => file.replace(/((?:^|\/)\.git)\/.*/s, "$1");

/** Why something in a folder is not read. Links are not followed: what they lead to is a file of its own, or not ours. */
export function whyNotRead({ stat, why }: Entry): string | undefined {
  if (why !== undefined) return why;
  if (stat.isDirectory()) return "Git's own folder: scan an export of the commit";
  if (stat.isSymbolicLink()) return "symbolic link";
  return stat.isFile() ? undefined : "no regular file";
}
