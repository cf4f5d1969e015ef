"use strict";

// node make-layouts.js IMAGE…: makes the layouts of images that are not there yet. See layout.ts.
require("../dynamic/load.js")("components/site/layout")
  .makeLayouts(process.argv.slice(2))
  .catch((error) => {
    process.stderr.write(`refused: ${error.message}\n`);
    process.exitCode = 1;
  });
