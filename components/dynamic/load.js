"use strict";

const path = require("node:path");

const project = path.resolve(__dirname, "../..");

/**
 * Loads a TypeScript module of this project in a plain node process: that of a dynamic resource's provider, or one that
 * a remote command starts.
 *
 * @param {string} module path from the project's folder, without extension
 */
module.exports = function load(module) {
  // Registered again for each call, it would compile each module as often.
  if (!process[Symbol.for("ts-node.register.instance")]) {
    require("ts-node").register({ cwd: project });
  }
  return require(path.join(project, module));
};
