"use strict";

const Module = require("node:module");
const path = require("node:path");

// What node has compiled once it need not compile again; `hms` says so itself to all that it starts.

// Pulumi loads npm's dependency solver, a third of all that a pack loads, to send code of resources to the engine. A pack
// has none.
const load = Module._load;
Module._load = (request, ...rest) => (request === "@npmcli/arborist" ? {} : load(request, ...rest));

// Pulumi's runner has set ts-node to check every type at each start, which takes seconds. `npm test` checks them.
require("../register");
require("./pack");
