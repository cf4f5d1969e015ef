/** The digest of all that decides what a scan finds: the sources here, the packages that they use, and Node. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { projectFolder } from "../../store/project";

const packages = [
  "@secretlint/secretlint-rule-preset-recommend",
  "libphonenumber-js",
  "tar-stream",
  "unpdf",
  "yauzl",
];

let known: string | undefined;

/** In hex; worked out once. */
export function rulesDigest(): string {
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(process.version);
  for (const file of fs.globSync("**/*.{ts,js}", { cwd: __dirname }).sort()) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(__dirname, file)));
  }
  const manifest = JSON.parse(fs.readFileSync(path.join(projectFolder, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of packages) hash.update(`\0${name}@${manifest.dependencies[name] ?? ""}`);
  known = hash.digest("hex");
  return known;
}
