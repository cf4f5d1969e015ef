/** What the newest release's image is made of, and a base that makes it larger. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { layouts } from "../../components/site/layout";
import { type Release, shortDigest } from "../../core/release";
import { cloudDocker, inLab, registry } from "../../lab/layout";
import { directoryTrail } from "../../store/trail";

/** The newest release of the lab's trail. @throws Error when there is none */
export function newestRelease(): Release {
  const body = directoryTrail(inLab("trail"))
    .entries()
    .findLast((entry) => entry.body.type === "release")?.body;
  if (body?.type !== "release") throw new Error("The trail has no release yet.");
  return body.release;
}

/** The blobs that a release's image travels to a site as, hex SHA-256 each, with their sizes in bytes. */
export function blobsOf({ image }: Pick<Release, "image">): Map<string, number> {
  const listed = fs.readFileSync(path.join(layouts, "images", shortDigest(image), "digests"), "utf8");
  return new Map(
    [...listed.matchAll(/blobs\/sha256\/(\w+)/g)].map(([file, sha256 = ""]) => [
      sha256,
      fs.statSync(path.join(layouts, file)).size,
    ]),
  );
}

/** The sum of sizes. */
export const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);

/** Bytes of the blobs that were not there before. */
export const newIn = (now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): number =>
  sum([...now].filter(([sha256]) => !before.has(sha256)).map(([, size]) => size));

/** Puts a layer of so many bytes that nothing can make smaller onto the base that the service is built on. */
export async function fattenBase(bytes: number): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-base-"));
  const base = `${registry}/base/node`;
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}`, DOCKER_BUILDKIT: "0" };
  await execa("sh", ["-c", `head -c ${String(bytes)} /dev/urandom >"$0/ballast"`, folder]);
  fs.writeFileSync(path.join(folder, "Dockerfile"), `FROM ${base}\nCOPY ballast /ballast-${String(bytes)}\n`);
  await execa("docker", ["build", "--quiet", "--no-cache", "--tag", base, folder], { env });
  await execa("docker", ["push", "--quiet", base], { env });
  fs.rmSync(folder, { recursive: true });
}
