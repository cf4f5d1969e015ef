import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, expect, test } from "@jest/globals";
import { configuration, configurationFile } from "../../policy/configuration";
import { rules } from "../../policy/rules";

let file: string;
beforeEach(() => {
  file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "hms-policy-")), "policy-config.json");
});

test("without a file, nothing is set", () => {
  expect(configuration(rules, file)).toEqual({});
});

test("a rule that is configured keeps its level, unless the file says another", () => {
  const settings = {
    freeze: { weekly: [] },
    "no-plain-secrets": {},
    "pod-probes": { enforcementLevel: "advisory" },
    "pod-resources": "disabled",
  };
  fs.writeFileSync(file, JSON.stringify(settings));
  expect(configuration(rules, file)).toEqual({
    freeze: { enforcementLevel: "mandatory", weekly: [] },
    "no-plain-secrets": { enforcementLevel: "remediate" },
    "pod-probes": { enforcementLevel: "advisory" },
    "pod-resources": "disabled",
  });
});

test.each([
  ["{", /^policy-config\.json is not JSON \(.*\)\. Mend it: nothing ships without its policy\.$/],
  ["[]", /^policy-config\.json: allowed is a map of rules, each with its settings\.$/],
  ['{"freezes":{}}', /^policy-config\.json: there is no rule freezes; allowed: release-known, /],
])("%s is refused", (text, sentence) => {
  fs.writeFileSync(file, text);
  expect(() => configuration(rules, file)).toThrow(sentence);
});

test("the file beside the stacks names only keys that its rules have", () => {
  const given = configuration(rules, configurationFile);
  expect(Object.keys(given).length).toBeGreaterThan(0);
  for (const [name, settings] of Object.entries(given)) {
    const known = rules.find((rule) => rule.name === name)?.configSchema?.properties ?? {};
    const keys = Object.keys(settings as object).filter((key) => key !== "enforcementLevel");
    expect({ name, unknown: keys.filter((key) => !(key in known)) }).toEqual({ name, unknown: [] });
  }
});
