/** The post-receive hook that starts a run on a push. */
import fs from "node:fs";
import path from "node:path";
import { UserError } from "../core/errors";
import { quote, quoteWord } from "../core/quote";
import { projectFolder } from "../store/project";
import { openBuild } from "./stack";

/** The line by which a hook of ours is known. */
const mark = "# Installed by hms hook install.";

/**
 * The hook's text: the newest commit of the branch ships; the pusher sees the run's log.
 *
 * @param environmentFile a file that sets what runs need; default none
 */
export function hookText(project: string, branch: string, environmentFile?: string): string {
  return `#!/bin/sh
${mark}
while read -r old new ref; do
  [ "$ref" = ${quoteWord(`refs/heads/${branch}`)} ] || continue
  case $new in *[!0]*) ;; *) continue ;; esac
  unset GIT_DIR GIT_QUARANTINE_PATH
  ${environmentFile === undefined ? ":" : `. ${quoteWord(environmentFile)}`}
  cd ${quoteWord(project)} || exit 1
  ${quote(["node", "cli/hms.js", "pipeline", "run", "--trigger", "push", "--commit"])} "$new"
done
`;
}

/**
 * Installs the hook; returns what it did, in a sentence.
 *
 * @throws UserError when there is no bare repository, or it has a hook of its own
 */
export async function installHook(repository: string, environmentFile?: string): Promise<string> {
  const { settings } = await openBuild();
  return writeHook(repository, settings.build.branch, environmentFile);
}

/** Writes the hook for a branch; see {@link installHook}. */
export function writeHook(repository: string, branch: string, environmentFile?: string): string {
  const folder = path.join(repository, "hooks");
  if (!fs.existsSync(path.join(repository, "HEAD")) || !fs.existsSync(path.join(repository, "objects"))) {
    throw new UserError(
      `${repository} is not a bare Git repository. Make one: git init --bare ${repository}`,
    );
  }
  const file = path.join(folder, "post-receive");
  if (fs.existsSync(file) && !fs.readFileSync(file, "utf8").includes(mark)) {
    throw new UserError(
      `${file} is a hook of another's making. Call "npx hms pipeline run" from it instead.`,
    );
  }
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    `${file}.new`,
    hookText(projectFolder, branch, environmentFile && path.resolve(environmentFile)),
    {
      mode: 0o755,
    },
  );
  fs.renameSync(`${file}.new`, file);
  return `Every push to ${branch} of ${repository} starts a run now.`;
}
