"use strict";

/**
 * Ends with 0 when node_modules holds what package-lock.json asks for, else with 1. It compares with the list that npm
 * leaves in node_modules when it has finished. Plain JavaScript, since it runs before anything is installed.
 */
const { readFileSync } = require("node:fs");

const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

function complete() {
  const wanted = packagesOf("package-lock.json");
  const present = packagesOf("node_modules/.package-lock.json");
  const same = (name) => present[name]?.version === wanted[name]?.version;
  return (
    Object.keys(wanted).every(
      (name) => name === "" || same(name) || (wanted[name].optional && !present[name]),
    ) && Object.keys(present).every(same)
  );
}

try {
  process.exitCode = complete() ? 0 : 1;
} catch {
  process.exitCode = 1;
}
