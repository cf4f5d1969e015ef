"use strict";

/** What a run does on a disk that the test has made: argv is the trail's folder and what to do. */
const fs = require("node:fs");
const path = require("node:path");
const load = require("../../components/dynamic/load.js");

const [trail, what] = process.argv.slice(2);
const { directoryTrail } = load("store/trail");
const { provider } = load("components/intent/provider");
const refusal = { type: "refusal", run: 1, stage: "policy", why: "because" };
const say = (text) => process.stdout.write(`${text}\n`);

async function main() {
  const count = () => directoryTrail(trail).entries().length;
  switch (what) {
    case "append":
      directoryTrail(trail).append(refusal);
      return say(`entries ${count()}`);
    case "fill": {
      // A file beside the entries takes all that is left.
      const before = count();
      try {
        for (;;) fs.appendFileSync(path.join(trail, "filler"), Buffer.alloc(4096));
      } catch (error) {
        say(error.code);
      }
      try {
        directoryTrail(trail).append(refusal);
      } catch (error) {
        say(error.message);
      }
      try {
        await provider.create({ target: "onprem/anchorage", tag: "8e9a12c" });
        say("the deployment went on");
      } catch (error) {
        say(error.message);
      }
      say(
        `entries ${count() - before} more, drafts ${fs.readdirSync(path.join(trail, "entries")).filter((name) => name.startsWith(".")).length}`,
      );
      fs.rmSync(path.join(trail, "filler"));
      directoryTrail(trail).append(refusal);
      return say(`entries ${count() - before} more`);
    }
  }
}

main().catch((error) => say(error.message));
