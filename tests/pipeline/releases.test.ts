import { expect, test } from "@jest/globals";
import { releasesIn } from "../../core/releases";
import { unquarantine } from "../../pipeline/releases";
import { directoryTrail } from "../../store/trail";
import { aRelease } from "../fixtures";
import { freshTrail } from "../signed-trail";

test("only what was rolled back from everywhere is let ship again, with a reason in the trail", () => {
  const trail = directoryTrail(freshTrail());
  trail.append({ type: "release", release: aRelease({ tag: "1111111" }) });
  trail.append({
    type: "rollback-started",
    run: 2,
    reason: "wrong risk",
    everywhere: true,
    targets: [{ target: "cloud/cloud", from: "1111111", to: "0000000" }],
  });
  expect(() => unquarantine("2222222", "why not")).toThrow(
    '2222222 is not quarantined: it is not in the trail. "npx hms release list" shows what was rolled back.',
  );
  expect(unquarantine("1111111", "the gauge was wrong")).toEqual({
    tag: "1111111",
    reason: "the gauge was wrong",
    rolledBack: "wrong risk",
  });
  expect(releasesIn(trail.entries())[0]?.quarantined).toBeUndefined();
  expect(trail.entries().at(-1)?.body).toEqual({
    type: "quarantine-lifted",
    tag: "1111111",
    reason: "the gauge was wrong",
  });
  expect(() => unquarantine("1111111", "again")).toThrow("1111111 is not quarantined: it may ship as it is.");
});
