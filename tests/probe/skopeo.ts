/** A stand-in for skopeo: it keeps blobs in a folder, and notes which it was asked to fetch. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";

/** Hex SHA-256. */
export const sha256Of = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

const script = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const here = __dirname;
const [verb, ...args] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(here, name), "utf8");
if (fs.existsSync(path.join(here, "failure"))) {
  process.stderr.write("skopeo says\\n" + read("failure") + "\\n");
  process.exit(1);
}
const manifestOf = (source) => read(path.join("manifests", Buffer.from(source).toString("hex")));
if (verb === "inspect") {
  process.stdout.write(manifestOf(args.at(-1)));
  process.exit(0);
}
const [source, target] = args.slice(-2);
const layout = target.split(":")[1];
const shared = args.indexOf("--dest-shared-blob-dir");
const folder = path.join(shared < 0 ? path.join(layout, "blobs") : args[shared + 1], "sha256");
const manifest = manifestOf(source);
const { config, layers } = JSON.parse(manifest);
for (const { digest } of [config, ...layers]) {
  const name = digest.replace("sha256:", "");
  if (!fs.existsSync(path.join(folder, name))) {
    fs.copyFileSync(path.join(here, name), path.join(folder, name));
    if (digest !== config.digest) fs.appendFileSync(path.join(here, "fetched"), digest + "\\n");
  }
}
const sha256 = require("node:crypto").createHash("sha256").update(manifest).digest("hex");
fs.writeFileSync(path.join(folder, sha256), manifest);
fs.mkdirSync(layout, { recursive: true });
fs.writeFileSync(
  path.join(layout, "index.json"),
  JSON.stringify({ schemaVersion: 2, manifests: [{ digest: "sha256:" + sha256, size: manifest.length }] }),
);
`;

/** What a test tells the stand-in, and learns from it. */
export interface StandIn {
  /** Keeps a blob. Returns its digest, `sha256:…`. */
  add(bytes: Uint8Array): string;
  /** Puts an image of these layers into the registry, by digest and under a tag. Returns `repository@sha256:…`. */
  addImage(repository: string, tag: string, layers: readonly string[]): string;
  /** Makes every call fail. */
  fail(why: string): void;
  /** The digests of what was fetched so far. */
  fetched(): string[];
}

/** Puts the stand-in before skopeo on the path. */
export function standInSkopeo(folder: string): StandIn {
  const here = path.join(folder, "skopeo-stand-in");
  fs.mkdirSync(path.join(here, "manifests"), { recursive: true });
  fs.writeFileSync(path.join(here, "skopeo"), script, { mode: 0o755 });
  process.env["PATH"] = `${here}:${process.env["PATH"] ?? ""}`;
  const write = (name: string, text: string): void => {
    fs.writeFileSync(path.join(here, name), text);
  };
  const add = (bytes: string | Uint8Array): string => {
    fs.writeFileSync(path.join(here, sha256Of(bytes)), bytes);
    return `sha256:${sha256Of(bytes)}`;
  };
  return {
    add,
    addImage(repository, tag, layers) {
      const described = [add("{}"), ...layers].map((digest) => ({ digest, size: 1 }));
      const manifest = JSON.stringify({ config: described[0], layers: described.slice(1) });
      const image = `${repository}@sha256:${sha256Of(manifest)}`;
      for (const name of [image, `${repository}:${tag}`]) {
        write(path.join("manifests", Buffer.from(`docker://${name}`).toString("hex")), manifest);
      }
      return image;
    },
    fail: (why) => {
      write("failure", why);
    },
    fetched: () => fs.readFileSync(path.join(here, "fetched"), "utf8").trim().split("\n"),
  };
}
