/** What a one-line change costs on a site's line, measured at the site's own interface, with an image of some 100 MB. */
import fs from "node:fs";
import path from "node:path";
import { layouts } from "../components/site/layout";
import { median } from "../core/median";
import { shortDigest } from "../core/release";
import { inLab, sites } from "../lab/layout";
import { bytesAt } from "../lab/lines";
import { directoryTrail } from "../store/trail";
import { type Bench, rounded, samples } from "./bench";
import { fattenBase, hms, newCommit, openLab, push, toRepository } from "./lab";

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
    const blobs = newestBlobs();
    const before = await bytesAt(site, "eth0");
    await shipUnwatched();
    const after = await bytesAt(site, "eth0");
    const now = newestBlobs();
    const changed = sum([...now].filter(([sha256]) => !blobs.has(sha256)).map(([, size]) => size));
    measured.push({ wire: after.in - before.in + (after.out - before.out), changed });
    tell(`a one-line change, ${sample} of ${samples}: ${measured.at(-1)?.wire ?? 0} bytes on the line`);
  }
  const ratio = rounded(median(measured.map(({ wire, changed }) => wire / allowed(changed))) ?? NaN);
  const wire = median(measured.map((each) => each.wire)) ?? NaN;
  const imageBytes = sum(newestBlobs().values());
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

/** The blobs of the newest release, with their sizes in bytes. */
function newestBlobs(): Map<string, number> {
  const entry = directoryTrail(inLab("trail"))
    .entries()
    .findLast(({ body }) => body.type === "release");
  const image = entry?.body.type === "release" ? entry.body.release.image : "";
  const listed = fs.readFileSync(path.join(layouts, "images", shortDigest(image), "digests"), "utf8");
  return new Map(
    [...listed.matchAll(/blobs\/sha256\/(\w+)/g)].map(([file, sha256 = ""]) => [
      sha256,
      fs.statSync(path.join(layouts, file)).size,
    ]),
  );
}

const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);
