#!/usr/bin/env node
"use strict";

require("../startup");
require("../register");
require("./main").main(process.argv.slice(2));
