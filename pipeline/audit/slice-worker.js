"use strict";

/** Checks one slice of a trail on a core of its own. */
const { parentPort, workerData } = require("node:worker_threads");

require("../../register");
const { checkSlice } = require("./slice");

parentPort.postMessage({
  facts: checkSlice(workerData, (entries) => parentPort.postMessage({ entries })),
});
