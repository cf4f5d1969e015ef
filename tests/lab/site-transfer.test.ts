/** What a release costs on a site's line, measured at the site's own interface, with an image of some 100 MB. */
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { down, up } from "../../lab/lab";
import { sites } from "../../lab/layout";
import { bytesAt } from "../../lab/lines";
import { changeFormula } from "../../lab/story";
import { blobsOf, fattenBase, newestRelease, newIn, sum } from "./image-layers";
import * as world from "./world";

jest.setTimeout(600_000);

const [, site] = sites;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  await fattenBase(60_000_000);
}, 600_000);
afterAll(down);

/** Ships a commit to the sites. Says what came over anchorage's line, and which blobs the image is made of. */
async function ship(edit: (folder: string) => string) {
  const before = await bytesAt(site, "eth0");
  const result = await world.ship(edit, "onprem");
  const after = await bytesAt(site, "eth0");
  expect(result.refused).toBeUndefined();
  expect(world.states(result)).toEqual({ "onprem/mississippi": "current", "onprem/anchorage": "current" });
  return { wire: after.in - before.in + (after.out - before.out), blobs: blobsOf(newestRelease()) };
}

test("the first release brings all; a new formula brings itself; a new layer brings that layer", async () => {
  const first = await ship((folder) => changeFormula(folder, "w1"));
  const whole = sum(first.blobs.values());
  expect(whole).toBeGreaterThan(95_000_000);
  // With the proxy.
  expect(first.wire).toBeGreaterThan(whole + 5_000_000);

  const second = await ship((folder) => changeFormula(folder, "w2"));
  const changed = newIn(second.blobs, first.blobs);
  expect(changed).toBeGreaterThan(0);
  expect(changed).toBeLessThan(20_000);
  expect(second.wire).toBeLessThan(1.02 * changed + 64_000);
  expect(second.wire).toBeLessThan(200_000);

  await fattenBase(8_000_000);
  const third = await ship((folder) => changeFormula(folder, "w3"));
  const larger = newIn(third.blobs, second.blobs);
  expect(larger).toBeGreaterThan(8_000_000);
  expect(third.wire).toBeLessThan(1.02 * larger + 64_000);
});
