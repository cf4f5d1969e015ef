/** The record of a release, as its provider writes it: with provenance and bills of materials. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";
import { beforeEach, expect, test } from "@jest/globals";
import { execa } from "execa";
import { pack } from "tar-stream";
import { pickFiles, zip } from "../../components/bundle/zip";
import { provider } from "../../components/release/provider";
import { open } from "../../core/dsse";
import { type Provenance, sbomsOf } from "../../core/provenance";
import type { Release } from "../../core/release";
import type { Statement } from "../../core/statement";
import { directoryBlobs } from "../../store/blobs";
import { provenanceAltered } from "../../store/evidence";
import { resolveCommit } from "../../store/source";
import { directoryTrail } from "../../store/trail";
import { sha256Of, standInSkopeo } from "../probe/skopeo";
import { freshTrail } from "../signed-trail";

type Args = Parameters<typeof provider.create>[0];

let trailFolder: string;
let args: Args;
/** The image that is built on, by digest. */
let base: string;
beforeEach(async () => {
  trailFolder = freshTrail();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-release-"));
  const repository = await aRepository(path.join(folder, "repository"));
  const image = await anImage(folder);
  const commit = await resolveCommit(repository, "main");
  const bundle = zip(pickFiles(repository, ["formula.js"]), commit.committedAt);
  args = {
    ...{ commit: commit.commit, tree: commit.tree, subject: commit.subject },
    service: "flood-formula",
    image,
    bundleSha256: directoryBlobs(trailFolder).put(bundle),
    bundleSize: bundle.byteLength,
    report: `sha256:${directoryBlobs(trailFolder).put(Buffer.from("{}"))}`,
    recipe: {
      ...{ repository, committedAt: commit.committedAt, bundle: ["formula.js"] },
      ...{ context: ".", dockerfile: "Dockerfile", args: {}, platform: "linux/amd64" },
    },
  };
});

async function aRepository(folder: string): Promise<string> {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "formula.js"), "1\n");
  fs.writeFileSync(path.join(folder, "Dockerfile"), "FROM registry.example.gov/node:24\nCOPY . .\n");
  const git = (...words: string[]) => execa("git", ["-C", folder, ...words]);
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  const who = ["-c", "user.name=A", "-c", "user.email=a@example.gov"];
  await git(...who, "commit", "--quiet", "--message=Fix overflow");
  return folder;
}

/** An image of one layer, in the stand-in's registry, on a base that the registry has, too. */
async function anImage(folder: string): Promise<string> {
  const skopeo = standInSkopeo(folder);
  const tar = pack();
  tar.entry({ name: "app/formula.js" }, "1\n");
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  const layer = skopeo.add(zlib.gzipSync(Buffer.concat(chunks)));
  base = skopeo.addImage("registry.example.gov/node", "24", []);
  return skopeo.addImage("registry.example.gov/flood-formula", "8e9a12c", [layer]);
}

const blob = (sha256: string): string =>
  fs.readFileSync(directoryBlobs(trailFolder).pathOf(sha256.replace("sha256:", "")), "utf8");
const releases = (): Release[] =>
  directoryTrail(trailFolder)
    .entries()
    .flatMap(({ body }) => (body.type === "release" ? [body.release] : []));
const provenance = (release: Release | undefined): Statement<Provenance> =>
  JSON.parse(open(blob(release?.provenance ?? "")).payload) as Statement<Provenance>;

test("names a provenance that says what it was built from", async () => {
  await provider.create(args);
  const [release] = releases();
  expect(release && provenanceAltered(release)).toBeUndefined();
  const { buildDefinition, runDetails } = provenance(release).predicate;
  expect(buildDefinition.resolvedDependencies).toEqual([
    { uri: `git+${args.recipe.repository}@${args.commit}`, digest: { gitCommit: args.commit } },
    { name: "flood-formula.tar", digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    { uri: "docker://registry.example.gov/node:24", digest: { sha256: base.replace(/^.*:/, "") } },
  ]);
  expect(runDetails.metadata.invocationId).toBeUndefined();
});

test("keeps the bills of materials of image and bundle", async () => {
  await provider.create(args);
  const bills = sbomsOf(provenance(releases()[0]) as unknown as Statement).map(
    ({ sha256 }) =>
      JSON.parse(blob(sha256)) as {
        metadata: { component: { name: string } };
        components: { name: string; hashes: { content: string }[] }[];
      },
  );
  expect(bills.map(({ metadata }) => metadata.component.name)).toEqual([
    "registry.example.gov/flood-formula",
    "bundle.zip",
  ]);
  const digest = sha256Of("1\n");
  expect(
    bills.map(({ components }) => components.map(({ name, hashes }) => [name, hashes[0]?.content])),
  ).toEqual([[["app/formula.js", digest]], [["formula.js", digest]]]);
});

test("names the run that builds it, and no run that is over", async () => {
  const trail = directoryTrail(trailFolder);
  const { commit, subject } = args;
  const { time } = trail.append({ type: "run-started", run: 7, commit, subject, trigger: "push" });
  await provider.create(args);
  expect(provenance(releases()[0]).predicate.runDetails.metadata).toMatchObject({
    invocationId: `run 7 of ${time}`,
    startedOn: time,
  });
  trail.append({ type: "run-finished", run: 7, exitCode: 0, targets: {}, stages: {} });
  const report = `sha256:${directoryBlobs(trailFolder).put(Buffer.from('{"excepted":[]}'))}`;
  await provider.create({ ...args, report });
  expect(provenance(releases()[1]).predicate.runDetails.metadata.invocationId).toBeUndefined();
});

test("is written once, and again only where its provenance is not whole", async () => {
  await provider.create(args);
  await provider.create(args);
  expect(releases()).toHaveLength(1);
  const sha256 = releases()[0]?.provenance.replace("sha256:", "") ?? "";
  fs.rmSync(directoryBlobs(trailFolder).pathOf(sha256));
  await provider.create(args);
  expect(releases()).toHaveLength(2);
});
