"use strict";

const path = require("node:path");

require("../../register");

/**
 * Loads a TypeScript module of this project in a plain node process: that of a dynamic resource's provider, or one that
 * a remote command starts.
 *
 * @param {string} module path from the project's folder, without extension
 */
module.exports = function load(module) {
  return require(path.resolve(__dirname, "../..", module));
};
