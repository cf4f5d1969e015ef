"use strict";

/**
 * Lets a node process load the project's TypeScript, by swc, without a look at the types: `npm test` checks them. Every
 * process of ours uses it but those that Pulumi starts with a ts-node of its own; loading ts-node takes three times as long.
 *
 * What was transpiled once is kept in `.hms/compiled` under the digest of all that it is made of, and so is never stale.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const configFile = path.join(__dirname, ".swcrc");
const folder = path.join(__dirname, ".hms", "compiled");

/** What is the same for all files: how they are transpiled, and by what. */
const recipe = [fs.readFileSync(configFile), require("@swc/core/package.json").version];

require.extensions[".ts"] = (module, filename) => {
  const source = fs.readFileSync(filename, "utf8");
  const digest = createHash("sha256");
  for (const part of [...recipe, filename, source]) {
    digest.update(part).update("\0");
  }
  const kept = path.join(folder, `${digest.digest("hex")}.js`);
  module._compile(read(kept) ?? keep(kept, transpile(source, filename)), filename);
};

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function transpile(source, filename) {
  // Loaded only when there is something to transpile: it is a native library.
  return require("@swc/core").transformSync(source, { filename, configFile }).code;
}

/** Keeps a text where it can; another process reads all of it or nothing. */
function keep(file, text) {
  const draft = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(draft, text);
    fs.renameSync(draft, file);
  } catch {
    // A folder that can't be written costs time, and nothing else.
  }
  return text;
}
