"use strict";

/**
 * Lets a node process load the project's TypeScript, by swc, without a look at the types: `npm test` checks them. Every
 * process of ours uses it but those that Pulumi starts with a ts-node of its own; loading ts-node takes three times as long.
 */
const fs = require("node:fs");
const path = require("node:path");
const { transformSync } = require("@swc/core");

const configFile = path.join(__dirname, ".swcrc");

require.extensions[".ts"] = (module, filename) => {
  const { code } = transformSync(fs.readFileSync(filename, "utf8"), { filename, configFile });
  module._compile(code, filename);
};
