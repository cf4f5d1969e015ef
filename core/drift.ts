/** What differs between what a target says and what it should say. Pure. */
import type { Entry, TargetId } from "./entry";
import { newest, releaseOf } from "./history";
import { isOf, type Receipt } from "./receipt";
import type { Release } from "./release";

/** How a target differs from what it should be. Stable: the trail and `--json` hold it. */
export type Difference =
  /** It runs another image than its release's. */
  | "image"
  /** What serves was not made by hms, whatever its image. */
  | "stranger"
  /** It runs its release, by another number of pods. */
  | "replicas"
  /** It runs its release, which is not healthy. */
  | "unhealthy"
  /** Nothing serves. */
  | "not-running"
  /** An inbox that holds no bundle. */
  | "gone"
  /** An inbox that holds another bundle, or another checksum or signature file beside it. */
  | "changed";

/** What was found at a target. `behind`: it has what it had before, in good order, and should have something newer. */
export type Found = Difference | "same" | "behind" | "unreachable" | "refused";

/** What a target should be like. */
export interface Should {
  /** Undefined: nothing, since no release was shipped yet. */
  readonly release: Pick<Release, "tag" | "image" | "imageId" | "bundle"> | undefined;
  /** How many pods a cluster should run. @default any number */
  readonly replicas?: number;
  /** What a partner's bundle is; see the setting. @default it is no partner */
  readonly meaning?: "mirror" | "inbox";
}

/** How what a target says differs from what it should say, and one sentence about it; undefined when it does not. */
export function differenceOf(
  receipt: Receipt,
  { release, replicas, meaning }: Should,
): { readonly found: Difference; readonly why: string } | undefined {
  const should = `it should have ${release?.tag ?? "nothing"}`;
  switch (receipt.kind) {
    case "nothing":
      if (release === undefined) {
        return undefined;
      }
      return meaning !== undefined
        ? { found: "gone", why: `the bundle is gone: ${should}` }
        : { found: "not-running", why: `nothing runs: ${should}` };
    case "holds":
      if (release === undefined || !isOf(receipt, release)) {
        const bundle = `sha256:${receipt.sha256.slice(0, 12)}`;
        return { found: "changed", why: `it holds another bundle, ${bundle}: ${should}` };
      }
      return meaning === "inbox" ? undefined : besideBundle(receipt, release);
    case "taken":
      return release === undefined || isOf(receipt, release)
        ? undefined
        : { found: "gone", why: `the partner has taken another bundle: ${should}` };
    case "runs": {
      const [unit = "what serves"] = receipt.units;
      if (receipt.ours === false) {
        return { found: "stranger", why: `${unit} serves, which hms did not make: ${should}` };
      }
      if (release === undefined || !isOf(receipt, release)) {
        return { found: "image", why: `it runs another image, ${receipt.image.slice(0, 19)}: ${should}` };
      }
      if (replicas !== undefined && receipt.units.length !== replicas) {
        const count = String(receipt.units.length);
        return { found: "replicas", why: `it runs ${count} pods instead of ${String(replicas)}` };
      }
      return receipt.health === "healthy"
        ? undefined
        : { found: "unhealthy", why: `unhealthy: ${unit} of ${release.tag} is ${receipt.health}` };
    }
  }
}

/** What is wrong with the files beside a mirror's bundle; a partner that takes bundles away may begin with either of them. */
function besideBundle(
  { sha256, listed, signature }: Extract<Receipt, { kind: "holds" }>,
  { bundle }: Pick<Release, "bundle">,
): ReturnType<typeof differenceOf> {
  if (listed !== sha256) {
    return { found: "changed", why: "the bundle's checksum file is gone, or names another bundle" };
  }
  return signature === bundle.signature
    ? undefined
    : { found: "changed", why: "the bundle's signature file is gone, or holds another signature" };
}

/** What was found at a target that answered. */
export interface Finding {
  readonly found: Exclude<Found, "unreachable" | "refused">;
  /** One sentence; absent when nothing differs. */
  readonly why?: string;
  /** Whether it changed without us: it is neither as it should be, nor as it was when it was last read back. */
  readonly drifted: boolean;
}

/**
 * What was found at a target that answered.
 *
 * @param had the release of its last receipt; default none
 */
export function findingOf(receipt: Receipt, should: Should, had: Release | undefined): Finding {
  const differs = differenceOf(receipt, should);
  if (differs === undefined) {
    return { found: "same", drifted: false };
  }
  if (had !== undefined && differenceOf(receipt, { ...should, release: had }) === undefined) {
    const why = `it has ${had.tag}: it should have ${should.release?.tag ?? "nothing"}`;
    return { found: "behind", why, drifted: false };
  }
  // What never gave a receipt, and runs nothing, has not come so far: nobody changed it.
  return { ...differs, drifted: had !== undefined };
}

/** Why a target's own container is made anew, and not only started: it does not serve, so nobody misses it. */
const replacedFor: readonly Difference[] = ["image", "stranger", "not-running"];

/**
 * What makes an update act on a target that changed without us, although the stack's state says that nothing is to be
 * done there (design D15): the number of the newest entry that says so of this release's content. It stays the same until
 * somebody changes the target again.
 */
export function driftMark(
  entries: readonly Entry[],
  target: TargetId,
  release: Pick<Release, "image">,
  differences?: readonly Difference[],
): number | undefined {
  return newest(
    entries,
    "drift",
    (body) =>
      body.target === target &&
      (differences ?? [body.found]).includes(body.found) &&
      releaseOf(entries, body.tag)?.image === release.image,
  )?.number;
}

/** The same, for a container: only where it is to be made anew. */
export function replacementMark(
  entries: readonly Entry[],
  target: TargetId,
  release: Pick<Release, "image">,
): number | undefined {
  return driftMark(entries, target, release, replacedFor);
}

/** Whether the newest that the trail says of a target is this difference: then it need not be said again. */
export function isNoted(entries: readonly Entry[], target: TargetId, found: Difference): boolean {
  const drift = newest(entries, "drift", (body) => body.target === target);
  const receipt = newest(entries, "receipt", (body) => body.target === target);
  return drift?.body.found === found && drift.number > (receipt?.number ?? 0);
}

/** The exit code of a question that found so: 0 nothing differs, 1 something does, 3 nothing does where somebody answered. */
export function driftExitCode(found: readonly Found[]): 0 | 1 | 3 {
  return found.some((each) => each !== "same" && each !== "unreachable")
    ? 1
    : found.includes("unreachable")
      ? 3
      : 0;
}
