/** The list of rules, and what the reference says of it. */
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { rules } from "../../policy/rules";
import { projectFolder } from "../../store/project";

const reference = fs.readFileSync(path.join(projectFolder, "docs/policy.md"), "utf8");

/** The rows of the tables whose first cell is in code, cell by cell. */
const rows = [...reference.matchAll(/^\| `([^`]+)` *\|(.*)\|$/gm)].map(([, name = "", rest = ""]) => [
  name,
  ...rest.split("|").map((cell) => cell.trim()),
]);

test("each rule has a name of its own, a reason, a remedy, a severity and a control", () => {
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  for (const { description, remediationSteps, severity, framework } of rules) {
    expect(description).toMatch(/^[A-Z].+\.$/);
    expect(remediationSteps).toMatch(/^[A-Z].+\.$/);
    expect(["low", "medium", "high", "critical"]).toContain(severity);
    expect(framework).toMatchObject({ name: "NIST SP 800-53", version: "5" });
    expect(framework.reference).toMatch(/^[A-Z]{2}-\d+$/);
  }
});

test("the reference has each rule, with what it stops, its remedy, severity and control", () => {
  expect(rows.filter((row) => row.length === 5)).toEqual(
    rules.map(({ name, description, remediationSteps, severity, framework }) => [
      name,
      description,
      remediationSteps,
      severity,
      framework.reference,
    ]),
  );
});

test("the reference has each key of the configuration, with what it means", () => {
  const keys = rules.flatMap(({ name, configSchema }) =>
    Object.entries(configSchema?.properties ?? {})
      .filter(([key]) => key !== "waivers")
      .map(([key, { description }]) => [`${name}.${key}`, description]),
  );
  expect(rows.filter((row) => row.length === 2)).toEqual(keys);
});

test("the reference says which rules can be waived", () => {
  const waivable = rules.filter(({ configSchema }) => configSchema?.properties["waivers"] !== undefined);
  const [, list = ""] = /^Rules that can be waived: (.*)\.$/m.exec(reference) ?? [];
  expect(list.replaceAll("`", "").split(", ")).toEqual(waivable.map(({ name }) => name));
});
