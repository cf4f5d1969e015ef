"use strict";

/**
 * Loaded into a plugin that a run has started. It says when the plugin is about to listen, and lets it only once the run says so: before
 * that, code of a commit may be at work on this machine, in its tests, and whoever finds the port of a provider can have it
 * run anything. And it ends the plugin with the run.
 */
const net = require("node:net");

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (...args) {
  net.Server.prototype.listen = listen;
  process.once("message", () => listen.apply(this, args));
  process.send("loaded");
  return this;
};

process.on("disconnect", () => process.exit(0));
