#!/usr/bin/env node
"use strict";

const { enableCompileCache } = require("node:module");
const path = require("node:path");

// What node has compiled once it need not compile again: neither here, nor in what Pulumi starts.
process.env.NODE_COMPILE_CACHE ??= path.resolve(__dirname, "../.hms/compile-cache");
enableCompileCache();

require("../register");
require("./main").main(process.argv.slice(2));
