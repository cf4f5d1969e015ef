/** What a commit changes, and whether an export of it is the commit. */
import path from "node:path";
import { UserError } from "../core/errors";
import { type Commit, git, localRepository } from "./source";

/**
 * The files that differ between two commits, also those that are gone.
 *
 * @param since an earlier commit; without it, or when the repository has lost it, every file is told
 */
export async function filesChanged(
  repository: string,
  { commit }: Commit,
  since?: string,
): Promise<string[]> {
  const folder = await localRepository(repository);
  if (since !== undefined) {
    const diff = await git(folder, [
      "diff-tree",
      "-r",
      "-z",
      "--name-only",
      "--no-renames",
      since,
      commit,
      "--",
    ]);
    if (!diff.failed) return names(diff.stdout);
  }
  return filesOf(folder, commit);
}

/**
 * Git writes into files as it exports them where `.gitattributes` sets export-subst: then what is tested and built is
 * not what was committed, and the same tree is not always the same.
 *
 * @throws UserError when it does
 */
export async function refuseExportSubst(repository: string, { commit }: Commit): Promise<void> {
  const folder = await localRepository(repository);
  const files = await filesOf(folder, commit);
  for (const file of files.filter((name) => path.posix.basename(name) === ".gitattributes")) {
    const { stdout } = await git(folder, ["show", `${commit}:${file}`]);
    if (stdout.split("\n").some((line) => /^(?!\s*#).*\s(?![-!])export-subst\b/.test(line))) {
      throw new UserError(
        `${file} sets export-subst, so files would change as they are exported. Remove it: what is tested must be what was committed.`,
      );
    }
  }
}

async function filesOf(folder: string, commit: string): Promise<string[]> {
  const { stdout } = await git(folder, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]);
  return names(stdout);
}

const names = (stdout: string): string[] => stdout.split("\0").filter((name) => name !== "");
