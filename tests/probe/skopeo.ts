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
if (verb === "inspect") {
  process.stdout.write(read(path.join("manifests", Buffer.from(args.at(-1)).toString("hex"))));
  process.exit(0);
}
const folder = path.join(args[args.indexOf("--dest-shared-blob-dir") + 1], "sha256");
for (const digest of JSON.parse(read("layers"))) {
  const name = digest.replace("sha256:", "");
  if (!fs.existsSync(path.join(folder, name))) {
    fs.copyFileSync(path.join(here, name), path.join(folder, name));
    fs.appendFileSync(path.join(here, "fetched"), digest + "\\n");
  }
}
`;

/** What a test tells the stand-in, and learns from it. */
export interface StandIn {
  /** Keeps a blob. Returns its digest, `sha256:…`. */
  add(bytes: Uint8Array): string;
  /** What the next copy copies. */
  setLayers(digests: readonly string[]): void;
  /** What `inspect` says of an image. */
  setManifest(image: string, manifest: string): void;
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
  return {
    add(bytes) {
      fs.writeFileSync(path.join(here, sha256Of(bytes)), bytes);
      return `sha256:${sha256Of(bytes)}`;
    },
    setLayers: (digests) => {
      write("layers", JSON.stringify(digests));
    },
    setManifest: (image, manifest) => {
      write(path.join("manifests", Buffer.from(`docker://${image}`).toString("hex")), manifest);
    },
    fail: (why) => {
      write("failure", why);
    },
    fetched: () => fs.readFileSync(path.join(here, "fetched"), "utf8").trim().split("\n"),
  };
}
