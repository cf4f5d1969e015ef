/**
 * What the service team does in the demo and in the lab's tests. Each function edits a working copy and returns the
 * message to commit it with. Each starts from `examples/flood-formula`, so they may follow each other in any order.
 * Each formula has a version of its own, which the service answers with: one that must not arrive would be seen.
 */
import fs from "node:fs";
import path from "node:path";

const example = path.resolve(__dirname, "../examples/flood-formula");

/** The first formula. Heavy rain overflows it, and then there is no risk at all. */
export function seed(workingCopy: string): string {
  for (const entry of fs.readdirSync(workingCopy)) {
    if (entry !== ".git") fs.rmSync(path.join(workingCopy, entry), { recursive: true });
  }
  fs.cpSync(example, workingCopy, {
    recursive: true,
    filter: (source) => path.basename(source) !== "node_modules",
  });
  return "flood formula v1";
}

/** Where v1 and the fix differ: v1 answers with risk 0, the fix with more than 90. */
export const heavyRain = "/risk?rainfall=250&elevation=3&soil=clay";

/** The overflow is gone. Its version is `v2`. */
export function fixOverflow(workingCopy: string): string {
  writeFixed(workingCopy, "v2");
  return "fix overflow";
}

/** A good formula that differs from others by its version only. */
export function changeFormula(workingCopy: string, version: string): string {
  writeFixed(workingCopy, version);
  return `formula ${version}`;
}

/** Changes neither the image nor the bundle, whatever formula the working copy has. */
export function touchReadme(workingCopy: string): string {
  fs.appendFileSync(path.join(workingCopy, "README.md"), "\nAsk the agency for more.\n");
  return "say more in the README";
}

/** A formula that a unit test finds wrong: higher ground is flooded as soon as any. */
export function breakTest(workingCopy: string, version = "flat"): string {
  writeFixed(workingCopy, version);
  replaceLine(workingCopy, "const capacity", "const capacity = rules.capacityLitres * 1.375;");
  return "simplify the capacity";
}

/** A rule that tells somebody's social security number, in a file that goes into the image and to partners. */
export function leakSsn(workingCopy: string, version = "leaky"): string {
  writeFixed(workingCopy, version);
  // In parts, so that this file is not one that leaks.
  const number = ["536", "22", "8726"].join("-");
  const contacts = [{ gauge: "Mississippi at Memphis", observer: "Pat Example", ssn: number }];
  fs.writeFileSync(
    path.join(workingCopy, "rules", "contacts.json"),
    `${JSON.stringify(contacts, null, 2)}\n`,
  );
  return "add the observers of the gauges";
}

/** Personal data that no file of the commit holds: the build of the image makes it. */
export function leakInBuild(workingCopy: string, version = "baked"): string {
  writeFixed(workingCopy, version);
  const script = `require('fs').writeFileSync('contacts.json', JSON.stringify({ ssn: ['536', '22', '8726'].join('-') }))`;
  fs.appendFileSync(
    path.join(workingCopy, "Dockerfile"),
    `USER root\nRUN ["node", "-e", "${script}"]\nUSER node\n`,
  );
  return "fetch the observers while building";
}

/**
 * Passes its tests, and never gets healthy where it is deployed: it reads a file that the tests have and the image
 * has not.
 *
 * @param how `unready`: it answers, and `/healthz` with 503; `crash`: it ends as soon as it starts
 */
export function neverHealthy(
  workingCopy: string,
  how: "unready" | "crash" = "unready",
  version = "sick",
): string {
  writeFixed(workingCopy, version);
  const calibration = 'require("./test/calibration.json")';
  if (how === "crash") {
    replaceLine(
      workingCopy,
      "const rules",
      `const rules = { ...require("./rules/flood.json"), ...${calibration} };`,
    );
  } else {
    replaceLine(workingCopy, "const capacity", `const capacity = ${soundCapacity} * ${calibration}.factor;`);
  }
  return "calibrate by the flood of 2019";
}

const soundCapacity = "rules.capacityLitres * (1 + elevation / rules.metresThatDouble)";

function writeFixed(workingCopy: string, version: string): void {
  seed(workingCopy);
  replaceLine(workingCopy, "const version", `const version = ${JSON.stringify(version)};`);
  replaceLine(
    workingCopy,
    "const litres",
    "const litres = rainfall * rules.catchmentSquareMetres * rules.runoff[soil];",
  );
}

/** Replaces the only line of the formula that begins with these words. */
function replaceLine(workingCopy: string, beginning: string, line: string): void {
  const file = path.join(workingCopy, "formula.js");
  const text = fs.readFileSync(file, "utf8");
  const expression = new RegExp(`^( *)${beginning} .*$`, "gm");
  if (text.match(expression)?.length !== 1) {
    throw new Error(`${file} has not one line that begins with "${beginning}".`);
  }
  fs.writeFileSync(
    file,
    text.replace(expression, (_, indent: string) => indent + line),
  );
}
