#!/usr/bin/env node
"use strict";

require("../components/dynamic/load.js")("cli/main").main(process.argv.slice(2));
