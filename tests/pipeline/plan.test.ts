import { expect, test } from "@jest/globals";
import type { Plan } from "../../pipeline/plan";
import { formatPlan, formatPlanAsMarkdown } from "../../pipeline/plan-text";

const plan: Plan = {
  commit: "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a",
  tag: "8e9a12c",
  subject: "fix | overflow",
  exitCode: 1,
  compliance: { passed: true, tests: 12, findings: 0 },
  built: true,
  draft: false,
  targets: {
    "cloud/cloud": {
      answers: "ready",
      release: "41c0f3e",
      kept: false,
      bytes: 68_000_000,
      layers: { sent: 1, all: 6 },
      changes: [
        { op: "update", type: "hms:Intent", name: "cloud-intent" },
        { op: "replace", type: "docker:index/container:Container", name: "cloud-app" },
        { op: "update", type: "hms:Receipt", name: "cloud-receipt" },
      ],
    },
    "onprem/anchorage": {
      answers: "unreachable",
      why: "unreachable: no route",
      release: "0ddba11",
      kept: true,
      bytes: 0,
      changes: [],
    },
  },
  commits: { "41c0f3e": ["8e9a12c fix `overflow`"], "0ddba11": [] },
  seconds: 8.2,
  refused: { stage: "policy", why: "cloud: freeze" },
};

test("a plan is told target by target", () => {
  expect(formatPlan(plan).split("\n")).toEqual([
    "plan of 8e9a12c (fix | overflow)",
    "compliance passes (12 tests, 0 findings)",
    "It was built before; the policy has judged it.",
    "Updates took 8 s lately. No request is lost meanwhile.",
    "It would be refused by policy: cloud: freeze",
    "TARGET            HAS      ANSWERS      CHANGES  WHAT TRAVELS",
    "cloud/cloud       41c0f3e  ready        ~2 ±1    68 MB at most, 1 of 6 layers",
    "onprem/anchorage  0ddba11  unreachable  none     nothing: it is kept there, when it is back",
    "since 41c0f3e:",
    "  8e9a12c fix `overflow`",
  ]);
});

test("as Markdown, what a commit says of itself stays text", () => {
  const lines = formatPlanAsMarkdown({
    ...plan,
    commits: { "41c0f3e": ["1111111 ![x](http://elsewhere/y) `` <b>"] },
  }).split("\n");
  expect(lines[0]).toBe("### Plan of `8e9a12c`: `fix | overflow`");
  expect(lines).toContain(
    "| `cloud/cloud` | `41c0f3e` | `ready` | `~2 ±1` | `68 MB at most, 1 of 6 layers` |",
  );
  expect(lines).toContain("- ``` 1111111 ![x](http://elsewhere/y) `` <b> ```");
});

test("of what is not built, nobody knows what travels", () => {
  const text = formatPlan({ ...plan, built: false, targets: { "cloud/cloud": { answers: "ready" } } });
  expect(text).toContain("It is not built: the policy judges it once it is, and what travels is known then.");
  expect(text).toMatch(/^cloud\/cloud {2}- {4}ready {4}\? {8}known once it is built$/m);
});
