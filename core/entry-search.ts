/** Which entries of the trail are about a commit, a run or a target. Pure. */
import type { Body, Entry } from "./entry";
import { tagOf } from "./release";

/** The entries about a commit. @param start the first digits of its hash */
export function ofCommit(entries: readonly Entry[], start: string): Entry[] {
  const commits = new Set(entries.flatMap(({ body }) => commitsOf(body)));
  const meant = [...commits].filter((commit) => commit.startsWith(start));
  const tags = new Set(meant.map(tagOf));
  const runs = new Set(
    entries.flatMap(({ body }) =>
      body.type === "run-started" && commitsOf(body).some((commit) => meant.includes(commit)) ? body.run : [],
    ),
  );
  return entries.filter(({ body }) => {
    const about = commitsOf(body);
    return about.length === 0
      ? tagsOf(body).some((tag) => tags.has(tag)) || runs.has(runOf(body) ?? 0)
      : about.some((commit) => meant.includes(commit));
  });
}

/** The entries of a run: those with its number, and those from its first to its last that are about its release. */
export function ofRun(entries: readonly Entry[], run: number): Entry[] {
  const numbered = entries.filter(({ body }) => runOf(body) === run);
  const [first, last] = [numbered[0]?.number ?? 0, numbered.at(-1)?.number ?? 0];
  const tags = new Set(numbered.flatMap(({ body }) => tagsOf(body)));
  return entries.filter(
    ({ number, body }) =>
      runOf(body) === run ||
      (number > first &&
        number < last &&
        runOf(body) === undefined &&
        tagsOf(body).some((tag) => tags.has(tag))),
  );
}

/** The entries about a target. @param target `STACK/NAME`, or a stack for all of its targets */
export function ofTarget(entries: readonly Entry[], target: string): Entry[] {
  return entries.filter(({ body }) =>
    targetsOf(body).some((each) => each === target || each.startsWith(`${target}/`)),
  );
}

/** The commits that an entry is about: a run's own, and those that it covers. */
function commitsOf(body: Body): readonly string[] {
  switch (body.type) {
    case "run-started":
      return [body.commit, ...(body.covers ?? [])];
    case "report":
      return [body.commit];
    case "release":
      return [body.release.commit];
    default:
      return [];
  }
}

function runOf(body: Body): number | undefined {
  return "run" in body ? body.run : undefined;
}

function tagsOf(body: Body): string[] {
  switch (body.type) {
    case "desired":
    case "drift":
    case "receipt":
    case "release-exported":
    case "quarantine-lifted":
      return [body.tag];
    case "rollback-started":
      return body.targets.flatMap(({ from, to }) => [from, to]);
    case "run-finished":
      return Object.values(body.targets).map(({ tag }) => tag);
    default: {
      const [commit] = commitsOf(body);
      return commit === undefined ? [] : [tagOf(commit)];
    }
  }
}

function targetsOf(body: Body): string[] {
  switch (body.type) {
    case "desired":
    case "drift":
    case "receipt":
    case "release-exported":
    case "site-key":
      return [body.target];
    case "rollback-started":
      return body.targets.map(({ target }) => target);
    case "run-finished":
      return Object.keys(body.targets);
    case "waiver":
      return body.target === undefined ? [] : [body.target];
    case "site-enrolled":
    case "site-removed":
      return [body.target];
    default:
      return [];
  }
}
