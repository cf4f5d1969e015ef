"use strict";

/** A thread that looks at files: it loads the project's TypeScript, as every process of ours does. */
require("../../register");
require("./thread");
