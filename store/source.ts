/** The service's source: a Git repository, read by commit, never by working tree (design D1). */
import fs from "node:fs";
import path from "node:path";
import { createHash } from "node:crypto";
import { execa } from "execa";
import { lastLine, UserError } from "../core/errors";
import { workFolder } from "./project";

/** One commit of the service. */
export interface Commit {
  /** Full hash. */
  readonly commit: string;
  /** Hash of its tree. */
  readonly tree: string;
  /** Its first line. */
  readonly subject: string;
  /** When it was committed: seconds since 1970, UTC. */
  readonly committedAt: number;
}

/** Where a commit's files were exported to. */
export interface Export extends Commit {
  /** The folder of a clean export: nothing but the commit's files. */
  readonly folder: string;
}

/**
 * The commit that a revision names.
 *
 * @param revision a branch, tag, or (short) hash
 * @throws UserError when the repository can't be read, or has no such revision
 */
export async function resolveCommit(repository: string, revision: string): Promise<Commit> {
  const folder = await localRepository(repository);
  const shown = await git(folder, ["log", "-1", "--format=%H%n%T%n%ct%n%s", `${revision}^{commit}`, "--"]);
  if (shown.failed) {
    throw new UserError(`${repository} has no revision ${revision}. Push it, or name another with --commit.`);
  }
  const [commit = "", tree = "", committedAt = "", subject = ""] = shown.stdout.split("\n");
  return { commit, tree, subject, committedAt: Number(committedAt) };
}

/** How many of the commits between two are told. */
const subjectsTold = 20;

/** The first lines of the commits that one has and another has not, newest first, each with its short hash; at most twenty. */
export async function subjectsBetween(repository: string, from: string, to: string): Promise<string[]> {
  const folder = await localRepository(repository);
  const format = ["log", `--max-count=${String(subjectsTold)}`, "--abbrev=7", "--format=%h %s"];
  const { failed, stdout } = await git(folder, [...format, `${from}..${to}`, "--"]);
  return failed || stdout === "" ? [] : stdout.split("\n");
}

/** Whether a repository's branch has any commit. */
export async function hasBranch(repository: string, branch: string): Promise<boolean> {
  const folder = await localRepository(repository);
  return !(await git(folder, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`])).failed;
}

/** A clean export of a commit; the same tree is exported once. */
export async function exportCommit(repository: string, commit: Commit): Promise<Export> {
  const folder = path.join(workFolder, "exports", commit.tree);
  if (!fs.existsSync(folder)) {
    const draft = `${folder}.${String(process.pid)}`;
    fs.rmSync(draft, { recursive: true, force: true });
    fs.mkdirSync(draft, { recursive: true });
    const source = await localRepository(repository);
    const archive = execa("git", [...gitOptions(source), "archive", "--format=tar", commit.commit], {
      buffer: { stdout: false },
      env: gitEnvironment,
    });
    await archive.pipe("tar", ["-x", "-C", draft]);
    refuseForeignLinks(draft);
    fs.renameSync(draft, folder);
  }
  return { ...commit, folder };
}

/**
 * What is built, tested and looked into is the commit: a link that leads out of it would bring in what lies on this machine.
 *
 * @throws UserError that names the link
 */
function refuseForeignLinks(folder: string): void {
  const root = fs.realpathSync(folder);
  const isInside = (place: string): boolean => place === root || place.startsWith(root + path.sep);
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) {
      continue;
    }
    const link = path.join(entry.parentPath, entry.name);
    const target = path.resolve(entry.parentPath, fs.readlinkSync(link));
    const real = fs.existsSync(link) ? fs.realpathSync(link) : target;
    if (!isInside(target) || !isInside(real)) {
      throw new UserError(
        `${path.relative(root, link)} is a link that leads out of the commit. Commit the file itself.`,
      );
    }
  }
}

/** Hex SHA-256 of a commit as a tar archive, as `git archive --format=tar COMMIT` gives it to anybody. */
export async function archiveDigest(repository: string, { commit }: Commit): Promise<string> {
  const folder = await localRepository(repository);
  const hash = createHash("sha256");
  const archive = execa("git", [...gitOptions(folder), "archive", "--format=tar", commit], {
    buffer: { stdout: false },
    env: gitEnvironment,
  });
  for await (const chunk of archive.iterable({ binary: true })) {
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** The repository itself where it lies on this machine; else a mirror of it, brought up to date. */
export async function localRepository(repository: string): Promise<string> {
  if (fs.existsSync(repository)) {
    return repository;
  }
  if (!/^[a-z+]+:\/\/|^[^/]+@[^/]+:/.test(repository)) {
    throw new UserError(
      `There is no Git repository at ${repository}. Set hms:build.repository in Pulumi.build.yaml.`,
    );
  }
  const key = createHash("sha256").update(repository).digest("hex").slice(0, 16);
  const mirror = path.join(workFolder, "repositories", key);
  const result = fs.existsSync(mirror)
    ? await git(mirror, ["fetch", "--quiet", "--prune"])
    : await execa("git", ["clone", "--quiet", "--mirror", repository, mirror], { reject: false });
  if (result.failed) {
    throw new UserError(`${repository} can't be fetched: ${lastLine(result.stderr)}`);
  }
  return mirror;
}

/** Runs Git in a repository; whether it failed is for the caller to see. */
export async function git(
  folder: string,
  args: string[],
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  return execa("git", [...gitOptions(folder), ...args], { reject: false, env: gitEnvironment });
}

const gitOptions = (folder: string): string[] => ["-c", `safe.directory=${folder}`, "-C", folder];

/** A hook's GIT_DIR would win over -C. */
const gitEnvironment = { GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_QUARANTINE_PATH: undefined };

/**
 * The service's own `pipeline.yml` in an export.
 *
 * @throws UserError when the commit has none
 */
export function readServiceFile(folder: string): string {
  const file = path.join(folder, "pipeline.yml");
  if (!fs.existsSync(file)) {
    throw new UserError("The commit has no pipeline.yml. Add one: see docs/pipeline-yml.md.");
  }
  return fs.readFileSync(file, "utf8");
}
