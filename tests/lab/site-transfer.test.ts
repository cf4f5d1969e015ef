/** What a release costs on a site's line, measured at the site's own interface, with an image of some 100 MB. */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { layouts } from "../../components/site/layout";
import { shortDigest } from "../../core/release";
import { down, up } from "../../lab/lab";
import { cloudDocker, inLab, registry, sites } from "../../lab/layout";
import { bytesAt } from "../../lab/lines";
import { changeFormula } from "../../lab/story";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(600_000);

const [, site] = sites;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  await fattenBase(60_000_000);
}, 600_000);
afterAll(down);

/** Puts a layer of so many bytes that nothing can make smaller onto the base that the service is built on. */
async function fattenBase(bytes: number): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-base-"));
  const base = `${registry}/base/node`;
  fs.writeFileSync(path.join(folder, "ballast"), randomBytes(bytes));
  fs.writeFileSync(path.join(folder, "Dockerfile"), `FROM ${base}\nCOPY ballast /ballast-${String(bytes)}\n`);
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}`, DOCKER_BUILDKIT: "0" };
  await execa("docker", ["build", "--quiet", "--no-cache", "--tag", base, folder], { env });
  await execa("docker", ["push", "--quiet", base], { env });
  fs.rmSync(folder, { recursive: true });
}

/** Ships a commit to the sites. Says what came over anchorage's line, and which blobs the image is made of. */
async function ship(edit: (folder: string) => string) {
  const before = await bytesAt(site, "eth0");
  const result = await world.ship(edit, "onprem");
  const after = await bytesAt(site, "eth0");
  expect(result.refused).toBeUndefined();
  expect(world.states(result)).toEqual({ "onprem/mississippi": "current", "onprem/anchorage": "current" });
  return { wire: after.in - before.in + (after.out - before.out), blobs: blobsOf() };
}

/** The blobs of the newest release, with their sizes. */
function blobsOf(): Map<string, number> {
  const { body } =
    directoryTrail(inLab("trail"))
      .entries()
      .findLast((entry) => entry.body.type === "release") ?? {};
  const image = body?.type === "release" ? body.release.image : "";
  const listed = fs.readFileSync(path.join(layouts, "images", shortDigest(image), "digests"), "utf8");
  return new Map(
    [...listed.matchAll(/blobs\/sha256\/(\w+)/g)].map(([file, sha256 = ""]) => [
      sha256,
      fs.statSync(path.join(layouts, file)).size,
    ]),
  );
}

const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);

/** Bytes of the blobs that were not there before. */
const newIn = (now: Map<string, number>, before: Map<string, number>): number =>
  sum([...now].filter(([sha256]) => !before.has(sha256)).map(([, size]) => size));

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
