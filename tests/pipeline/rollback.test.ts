/** Whether a rollback may begin, by what was looked for before the first target is touched. */
import { expect, test } from "@jest/globals";
import type { TargetId } from "../../core/entry";
import type { Travel } from "../../core/travel";
import { refusalOf } from "../../pipeline/rollback";

const there: [TargetId, Travel] = ["onprem/anchorage", { kept: true, bytes: 0 }];
const gone = (target: TargetId, missing: string): [TargetId, Travel] => [
  target,
  { kept: false, bytes: 9, missing },
];

test("a rollback is refused by what any target can't be given, all of it named, before the policy is heard", () => {
  const lost = [gone("partners/usgs", "no bundle"), there, gone("cloud/main", "no image")];
  expect(refusalOf(new Map(lost), ["cloud: too old"])).toEqual({
    stage: "artefacts",
    why: "no bundle; no image",
  });
});

test("then by the policy, and by nothing else", () => {
  const vetoes = ["cloud: too old", "onprem: quarantined"];
  expect(refusalOf(new Map([there]), vetoes)).toEqual({
    stage: "policy",
    why: "cloud: too old; onprem: quarantined",
  });
  expect(refusalOf(new Map([there]), [])).toBeUndefined();
});
