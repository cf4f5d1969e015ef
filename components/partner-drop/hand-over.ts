/** What partners were given, as the trail has it: state that a partner's inbox can't keep, as files are taken from it. */
import { defaultFileName } from "../../core/drop-files";
import type { TargetId } from "../../core/entry";
import { lastGiven } from "../../core/history";
import { currentRun } from "../../store/project";
import { openTrail } from "../../store/trail";

/** Who is given what. */
export interface HandOver {
  /** `STACK/NAME`, the partner's name in the trail. */
  readonly target: TargetId;
  /** The release's tag. */
  readonly tag: string;
}

/** A hand-over with the file it is about. */
type Given = HandOver & { readonly fileName?: string; readonly bundle: { readonly sha256: string } };

/** Whether a bundle is what the partner was given last, by this name: then it is not given again. */
export function isLastGiven({ target, bundle, fileName = defaultFileName }: Given): boolean {
  const last = lastGiven(openTrail().entries(), target)?.body;
  return last?.bundle === bundle.sha256 && last.file === fileName;
}

/** Notes that a partner is given a bundle, once. */
export function noteGiven(given: Given): void {
  const { target, tag, bundle, fileName = defaultFileName } = given;
  if (!isLastGiven(given)) {
    const facts = { target, tag, what: "given", bundle: bundle.sha256, file: fileName } as const;
    openTrail().append({ type: "hand-over", ...facts, ...currentRun() });
  }
}

/** Notes that a bundle was taken out again: the partner may be given it once more. */
export function noteWithdrawn(
  { target, tag }: HandOver,
  { file, bundle }: { readonly file: string; readonly bundle: string },
): void {
  const facts = { target, tag, what: "withdrawn", bundle, file } as const;
  openTrail().append({ type: "hand-over", ...facts, ...currentRun() });
}
