/** The post-receive hook that starts a run on a push. */
import fs from "node:fs";
import path from "node:path";
import { execaSync } from "execa";
import { UserError } from "../core/errors";
import { quote, quoteWord } from "../core/quote";
import { projectFolder } from "../store/project";
import { openBuild } from "./stack";

/** The line by which a hook of ours is known. */
const mark = "# Installed by hms hook install.";

/** What says that the repository let no push options through before. */
const optionsMark = "# It also set receive.advertisePushOptions.";

/** How a hook is made. */
export interface HookOptions {
  /** The branch whose pushes ship. @default the one that hms:build names */
  readonly branch?: string;
  /** A file that sets what runs need, for `sh`. @default none */
  readonly environment?: string;
  /** Whether a push lasts as long as its run, and shows its log. @default false */
  readonly wait?: boolean;
}

/** A hook's options, with all that it needs to know. */
export interface HookText extends HookOptions {
  readonly branch: string;
  /** The project's folder. */
  readonly project: string;
}

/** The hook's text: the newest commit of the branch is kept for a run, which goes on by itself. */
export function hookText({ project, branch, environment, wait = false }: HookText): string {
  const receive = ["node", "cli/hms.js", "hook", "receive", ...(wait ? ["--wait"] : [])];
  return `#!/bin/sh
${mark}
repository=$(pwd)
while read -r old new ref; do
  [ "$ref" = ${quoteWord(`refs/heads/${branch}`)} ] || continue
  case $new in *[!0]*) ;; *) continue ;; esac
  unset GIT_DIR GIT_QUARANTINE_PATH
  ${environment === undefined ? ":" : `. ${quoteWord(path.resolve(environment))}`}
  cd ${quoteWord(project)} || exit 1
  ${quote(receive)} --repository "$repository" --commit "$new" </dev/null
done
`;
}

/**
 * Installs the hook; returns what it did, in a sentence.
 *
 * @throws UserError when there is no bare repository, or it has a hook of its own
 */
export async function installHook(repository: string, options: HookOptions = {}): Promise<string> {
  const branch = options.branch ?? (await openBuild()).settings.build.branch;
  return writeHook(repository, { ...options, branch });
}

/** Writes the hook for a branch; see {@link installHook}. */
export function writeHook(repository: string, options: HookOptions & { readonly branch: string }): string {
  const file = hookFile(repository);
  const before = ownHook(file);
  const sets = before?.includes(optionsMark) === true || !allowsPushOptions(repository);
  const text = hookText({ ...options, project: projectFolder });
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, sets ? text.replace(mark, `${mark}\n${optionsMark}`) : text, {
    mode: 0o755,
  });
  fs.renameSync(`${file}.new`, file);
  gitConfig(repository, "receive.advertisePushOptions", "true");
  return `Every push to ${options.branch} of ${repository} starts a run now.`;
}

/**
 * Takes the hook away; returns what it did, in a sentence.
 *
 * @throws UserError when there is no bare repository, or its hook is another's
 */
export function removeHook(repository: string): string {
  const file = hookFile(repository);
  const before = ownHook(file);
  if (before === undefined) {
    return `${repository} has no hook of ours.`;
  }
  if (before.includes(optionsMark)) {
    gitConfig(repository, "--unset", "receive.advertisePushOptions");
  }
  fs.rmSync(file);
  return `A push to ${repository} starts no run any more.`;
}

function hookFile(repository: string): string {
  if (!fs.existsSync(path.join(repository, "HEAD")) || !fs.existsSync(path.join(repository, "objects"))) {
    throw new UserError(
      `${repository} is not a bare Git repository. Make one: git init --bare ${repository}`,
    );
  }
  return path.join(repository, "hooks", "post-receive");
}

/** The text of our hook, if there is one. */
function ownHook(file: string): string | undefined {
  if (!fs.existsSync(file)) {
    return undefined;
  }
  const text = fs.readFileSync(file, "utf8");
  if (!text.includes(mark)) {
    throw new UserError(
      `${file} is a hook of another's making. Call "npx hms hook receive" from it instead, or move it away.`,
    );
  }
  return text;
}

function allowsPushOptions(repository: string): boolean {
  const { stdout } = gitConfig(repository, "--type=bool", "--get", "receive.advertisePushOptions");
  return stdout.trim() === "true";
}

function gitConfig(repository: string, ...args: string[]): { readonly stdout: string } {
  return execaSync("git", ["config", "--file", path.join(repository, "config"), ...args], { reject: false });
}
