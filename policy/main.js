"use strict";

// Pulumi's runner has set ts-node to check every type at each start, which takes seconds. `npm test` checks them.
require("../register");
require("./pack");
