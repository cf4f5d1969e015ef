"use strict";

// Loaded into a plugin that a run has started. The run holds the other end of its standard input, and lets go of it only by its end.
process.stdin
  .on("end", () => process.exit(0))
  .on("error", () => process.exit(0))
  .resume()
  .unref();
