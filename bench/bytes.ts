/** What a one-line change costs on a site's line, measured at the site's own interface, with an image of some 100 MB. */
import { median } from "../core/median";
import { sites } from "../lab/layout";
import { bytesAt } from "../lab/lines";
import { type Bench, rounded, samples } from "./bench";
import { hms, newCommit, openLab, push } from "./lab";
import { blobsOf, fattenBase, newestRelease, newIn, sum } from "../tests/lab/image-layers";
import { toRepository } from "../tests/lab/world";

const [, site] = sites;

/** What may travel: the changed layers' compressed size, 2 % and 64 KB more. */
const allowed = (changed: number): number => 1.02 * changed + 64_000;

/** @see Bench */
export const bench: Bench = async (tell) => {
  await openLab(tell);
  tell("an image of some 100 MB");
  await fattenBase(60_000_000);
  await push(await newCommit());
  const measured: { wire: number; changed: number }[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    const blobs = blobsOf(newestRelease());
    const before = await bytesAt(site, "eth0");
    await shipUnwatched();
    const after = await bytesAt(site, "eth0");
    const changed = newIn(blobsOf(newestRelease()), blobs);
    measured.push({ wire: after.in - before.in + (after.out - before.out), changed });
    tell(`a one-line change, ${sample} of ${samples}: ${measured.at(-1)?.wire ?? 0} bytes on the line`);
  }
  const ratio = rounded(median(measured.map(({ wire, changed }) => wire / allowed(changed))) ?? NaN);
  const wire = median(measured.map((each) => each.wire)) ?? NaN;
  const imageBytes = sum(blobsOf(newestRelease()).values());
  return {
    numbers: {
      ratio,
      goal: 1,
      samples,
      unit: "bytes at a site's interface, over 1.02 × the changed layers' compressed size + 64 KB",
      bytes: wire,
      changedBytes: median(measured.map((each) => each.changed)),
      imageBytes,
    },
    text: `a one-line change, an image of ${Math.round(imageBytes / 1e6)} MB: ${wire} bytes on the site's line: ratio ${ratio.toFixed(2)}, goal 1`,
  };
};

/** Ships a one-line change. Nobody asks the site meanwhile whether it has come: that would be on its line, too. */
async function shipUnwatched(): Promise<void> {
  const { hash } = await newCommit();
  await toRepository();
  await hms("pipeline", "run", "--commit", hash);
}
