"use strict";

/*
 * An agency's own check of the flood formula, as an example: hms:compliance.ethics of Pulumi.build.yaml names it. It lies
 * with the platform's stacks, so that no service can change what it is held to. It runs in a copy of the commit, and prints
 * what it objects to as JSON: docs/compliance.md says in which form.
 *
 * It asks three things: does every rule name the law that it rests on; does a rule use a field that decides by who people
 * are, or where they live; and does the formula warn the town and the countryside alike?
 */
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

/** Of the places that were flooded, the formula must call about as many high in each group: four fifths at least. */
const leastRatio = 0.8;

/** From this many points on, a place is warned. */
const warned = 50;

/** Fields that no rule may use: what people are, and what stands for it. */
const banned =
  /^(race|ethnicity|religion|nationality|citizenship|gender|sex|disability|income|zip|zip_?code|postal_?code)$/i;

const flooded = require("./flooded-places.json");

const findings = [...rules().flatMap(objectionsTo), ...unfairness()];
process.stdout.write(`${JSON.stringify({ findings })}\n`);

/** The commit's rules: file and text. */
function rules() {
  const files = fs.existsSync("rules")
    ? fs.readdirSync("rules").filter((name) => name.endsWith(".json"))
    : [];
  return files.map((name) => ({
    file: `rules/${name}`,
    text: fs.readFileSync(path.join("rules", name), "utf8"),
  }));
}

function objectionsTo({ file, text }) {
  const rule = JSON.parse(text);
  const basis = typeof rule.legalBasis === "string" && rule.legalBasis.trim() !== "";
  const fields = keysOf(rule).filter((key) => banned.test(key));
  return [
    ...(basis
      ? []
      : [
          {
            file,
            line: 1,
            rule: "legal-basis",
            message: "The rule names no law that it rests on.",
            remedy: 'Add "legalBasis".',
          },
        ]),
    ...fields.map((key) => ({
      file,
      line: 1 + text.split("\n").findIndex((line) => line.includes(`"${key}"`)),
      rule: "banned-field",
      message: `The rule uses "${key}".`,
      remedy: "Decide by the place's water and ground alone.",
    })),
  ];
}

/** All keys of a value, however deep. */
function keysOf(value) {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(Array.isArray(value) ? [] : [key]),
    ...keysOf(inner),
  ]);
}

function unfairness() {
  const points = risks(flooded.map(({ place }) => place));
  const groups = [...new Set(flooded.map(({ group }) => group))];
  const shares = groups.map((group) => {
    const own = points.filter((_, index) => flooded[index].group === group);
    return { group, share: own.filter((risk) => risk >= warned).length / own.length };
  });
  const [worst, best] = [...shares]
    .sort((a, b) => a.share - b.share)
    .filter((_, i, all) => i === 0 || i === all.length - 1);
  if (best.share > 0 && worst.share / best.share >= leastRatio) return [];
  const percent = (share) => `${Math.round(share * 100)} %`;
  return [
    {
      file: "formula.js",
      rule: "fairness",
      message:
        `Of the places that were flooded, it warns ${percent(worst.share)} (${worst.group}) and ` +
        `${percent(best.share)} (${best.group}).`,
      remedy: `Change the formula until the smaller is at least ${percent(leastRatio)} of the larger.`,
    },
  ];
}

/** What the formula says of some places. It runs in a process of its own, so that it can't speak for this one. */
function risks(places) {
  const ask =
    'const { risk } = require("./formula.js"); console.log(JSON.stringify(JSON.parse(process.argv[1]).map(risk)))';
  const answer = JSON.parse(
    execFileSync(process.execPath, ["-e", ask, JSON.stringify(places)], { encoding: "utf8" }),
  );
  if (!Array.isArray(answer) || answer.length !== places.length || !answer.every(Number.isFinite)) {
    throw new Error("formula.js gives no numbers");
  }
  return answer;
}
