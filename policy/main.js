"use strict";

const Module = require("node:module");

// Pulumi loads npm's dependency solver, a third of all that a pack loads, to send code of resources to the engine. A pack
// has none.
const load = Module._load;
Module._load = (request, ...rest) => (request === "@npmcli/arborist" ? {} : load(request, ...rest));

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
