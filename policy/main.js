"use strict";

// Pulumi's runner has set ts-node to check every type at each start, which takes seconds, with options that are not the
// project's. `npm test` checks the types; here they are only taken away.
const instance = Symbol.for("ts-node.register.instance");
process[instance]?.enabled(false);
delete process[instance];
require("../components/dynamic/load.js")("policy/pack");
