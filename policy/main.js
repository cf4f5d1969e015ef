"use strict";

require("../startup");
// Pulumi's runner has set ts-node to check every type at each start, which takes seconds. `npm test` checks them.
require("../register");
try {
  require("./pack");
} catch (error) {
  if (error.name !== "UserError") {
    throw error;
  }
  // A stack trace is nothing for a user's mistake; the engine says the rest.
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
