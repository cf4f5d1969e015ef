"use strict";

// node ship-release.js --site NAME … IMAGE…: ships images to a site. See ship.ts.
require("../dynamic/load.js")("components/site/ship").main(process.argv.slice(2));
