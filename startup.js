"use strict";

/**
 * Lets a process that loads Pulumi start in about half the time. A run starts several of them, and what they do at last takes
 * less than their start. The command line begins with this file, the policy pack too, and the pipeline has the engine load
 * it into each node that the engine starts: see pipeline/stack.ts.
 */
const { engines } = require("./package.json");

// Below it, `require` takes no ECMAScript modules, which several libraries are.
const oldest = engines.node.replace(">=", "");
if (oldest.localeCompare(process.versions.node, "en", { numeric: true }) > 0) {
  process.stderr.write(
    `hms: This is Node ${process.versions.node}; ${oldest} or newer is needed. Put one first on PATH, or the lab's: ` +
      'eval "$(npm run --silent lab -- env)".\n',
  );
  process.exit(1);
}

const module_ = require("node:module");
const path = require("node:path");
const { setFlagsFromString } = require("node:v8");

// Pulumi sets this flag when it is loaded, and V8 takes no compiled code that was kept under other flags. So it is set first.
setFlagsFromString("--allow-natives-syntax");
module_.enableCompileCache(path.join(__dirname, ".hms", "compile-cache"));

// Node writes down what it has compiled when a process ends; the engine kills those that it started.
setInterval(module_.flushCompileCache, 1000).unref();

/** What Pulumi loads at each start, half of all that it loads, and what stands in for it until somebody needs it. */
const standIns = {
  // For code that is sent with resources to the engine. None of ours has any: a provider here only requires a module of the
  // package (design D15).
  "@npmcli/arborist": () => ({}),
  // For that, too.
  typescript: () =>
    new Proxy({}, { get: (_, name) => (name === "version" ? version() : typescript()[name]) }),
  // For a policy pack, to check its types at each start. Ours comes by register.js.
  "ts-node": () => ({ register: () => undefined }),
};
const version = () => require("typescript/package.json").version;
const typescript = () => load("typescript", module, false);

const load = module_._load;
module_._load = (request, ...rest) =>
  Object.hasOwn(standIns, request) ? standIns[request]() : load(request, ...rest);
