"use strict";

/**
 * Loads a TypeScript module of this project in a plain node process: that of a dynamic resource's provider, or one that
 * a remote command starts.
 *
 * @param {string} module path from the project's folder, without extension
 */
module.exports = function load(module) {
  const path = require("node:path");
  const project = path.resolve(__dirname, "../..");
  require("ts-node").register({ dir: project });
  return require(path.join(project, module));
};
