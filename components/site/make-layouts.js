"use strict";

// node make-layouts.js IMAGE…: makes the layouts of images that are not there yet. See layout.ts.
const fs = require("node:fs");
const images = process.argv.slice(2);
const missing = images.filter(
  (image) => !fs.existsSync(`.hms/layouts/images/${image.replace(/^.*@sha256:/, "").slice(0, 12)}/digests`),
);
if (missing.length > 0 || !fs.existsSync(".hms/layouts/bin/activate.sh")) {
  require("../dynamic/load.js")("components/site/layout")
    .makeLayouts(missing)
    .catch((error) => {
      process.stderr.write(`refused: ${error.message}\n`);
      process.exitCode = 1;
    });
}
