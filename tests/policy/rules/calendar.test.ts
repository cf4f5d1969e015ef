import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { freeze } from "../../../policy/rules/calendar";
import { directoryTrail } from "../../../store/trail";
import { aRelease } from "../../fixtures";
import { freshTrail } from "../../signed-trail";
import { said, unknown, violations } from "../analyzer";

const release = aRelease();
const target = "onprem/anchorage";
const site = { type: "hms:onprem:Site", props: { target, release } };
const elections = { from: "2027-11-01T00:00:00-04:00", to: "2027-11-03T06:00:00-04:00", reason: "elections" };
const weekend = {
  from: "Fri 16:00",
  to: "Mon 07:00",
  timeZone: "America/Anchorage",
  reason: "nobody is there",
};
const sentence = (when: string): string =>
  `anchorage: nothing new ships ${when}. Wait, or break the glass: ` +
  '"npx hms policy break-glass --target onprem/anchorage --by NAME --reason TEXT".';
const at = (now: string): void => {
  jest.useFakeTimers({ now: new Date(now), doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
};
const trail = () => directoryTrail(process.env["HMS_TRAIL"] ?? "");

beforeEach(() => {
  freshTrail();
});
afterEach(() => {
  jest.useRealTimers();
});

describe("a freeze", () => {
  const settings = { freezes: [elections] };
  test.each(["2027-11-01T04:00:00Z", "2027-11-03T09:59:59Z"])("holds at %s", async (now) => {
    at(now);
    expect(await violations(freeze, site, settings)).toEqual([
      sentence("until 2027-11-03T06:00:00-04:00 (elections)"),
    ]);
  });
  test.each(["2027-11-01T03:59:59Z", "2027-11-03T10:00:00Z"])("does not hold at %s", async (now) => {
    at(now);
    expect(await said(freeze, site, settings)).toEqual([]);
  });
  test("of a day that there is not holds, and says so", async () => {
    const freezes = [{ ...elections, to: "2027-13-03T06:00:00Z" }];
    expect(
      await violations(freeze, site, { freezes: [{ ...elections, from: "2027-02-31T99:00:00Z" }] }),
    ).toEqual([
      'anchorage can\'t be checked: policy-config.json: freeze: "2027-02-31T99:00:00Z" is no time. Mend it.',
    ]);
    at("2027-11-02T00:00:00Z");
    expect(await violations(freeze, site, { freezes })).toHaveLength(1);
  });
  test("in a time zone that there is not holds, too", async () => {
    const weekly = [{ ...weekend, timeZone: "America/Atlantis" }];
    expect((await violations(freeze, site, { weekly }))[0]).toMatch(
      /^anchorage can't be checked: .*Atlantis/,
    );
  });
  test("is none where none is set", async () => {
    expect(await said(freeze, site)).toEqual([]);
  });
  test("does not hold what is there already, nor what is no target", async () => {
    at("2027-11-02T00:00:00Z");
    trail().append({ type: "receipt", target, tag: release.tag, receipt: { kind: "site" } as never });
    expect(await said(freeze, site, settings)).toEqual([]);
    expect(await said(freeze, { ...site, type: "hms:build:Release" }, settings)).toEqual([]);
  });
  test("does not hold a rollback", async () => {
    at("2027-11-02T00:00:00Z");
    const targets = [{ target, from: "cdcdcdc", to: release.tag }] as const;
    trail().append({ type: "rollback-started", run: 3, reason: "wrong risk", everywhere: false, targets });
    // What the target never had is new, whatever it is called.
    expect(await violations(freeze, site, settings)).toHaveLength(1);
    for (const tag of [release.tag, "cdcdcdc"]) {
      trail().append({ type: "receipt", target, tag, receipt: { kind: "nothing" } });
    }
    expect(await said(freeze, site, settings)).toEqual([]);
  });
  test("holds what a preview can't know", async () => {
    at("2027-11-02T00:00:00Z");
    const props = { target, release: { ...release, tag: unknown } };
    expect(await said(freeze, { ...site, props }, settings)).toMatchObject([{ level: "mandatory" }]);
  });
});

describe("a freeze of each week", () => {
  // Anchorage is nine hours behind UTC in winter, eight in summer.
  test.each(["2027-01-09T01:00:00Z", "2027-01-10T12:00:00Z", "2027-01-11T15:59:00Z", "2027-07-10T00:00:00Z"])(
    "holds at %s",
    async (now) => {
      at(now);
      expect(await violations(freeze, site, { weekly: [weekend] })).toEqual([
        sentence("until Mon 07:00 America/Anchorage (nobody is there)"),
      ]);
    },
  );
  test.each(["2027-01-09T00:59:00Z", "2027-01-11T16:00:00Z", "2027-07-09T23:59:00Z"])(
    "does not hold at %s",
    async (now) => {
      at(now);
      expect(await said(freeze, site, { weekly: [weekend] })).toEqual([]);
    },
  );
  test("within one day, by UTC", async () => {
    const weekly = [{ from: "Wed 08:00", to: "Wed 09:00", reason: "backup" }];
    at("2027-01-06T08:30:00Z");
    expect(await violations(freeze, site, { weekly })).toEqual([sentence("until Wed 09:00 UTC (backup)")]);
    at("2027-01-06T09:00:00Z");
    expect(await violations(freeze, site, { weekly })).toEqual([]);
  });
});

describe("a broken glass", () => {
  const settings = { freezes: [elections] };
  const breakGlass = (parts: { rule?: string; target?: string } = {}): void => {
    at("2027-11-02T00:00:00Z");
    const until = "2027-11-02T00:30:00Z";
    trail().append({ type: "waiver", rule: "freeze", reason: "dam", owner: "Ada", until, ...parts });
  };
  test.each([{}, { target }])("lets %j pass, until its end", async (parts) => {
    breakGlass(parts);
    expect(await said(freeze, site, settings)).toEqual([]);
    at("2027-11-02T00:30:01Z");
    expect(await violations(freeze, site, settings)).toHaveLength(1);
  });
  test.each([{ rule: "other" }, { target: "onprem/other" }])(
    "of %j lets nothing pass here",
    async (parts) => {
      breakGlass(parts);
      expect(await violations(freeze, site, settings)).toHaveLength(1);
    },
  );
  test("stays open for an hour at most", async () => {
    at("2027-11-02T00:00:00Z");
    trail().append({
      type: "waiver",
      rule: "freeze",
      reason: "dam",
      owner: "Ada",
      until: "2027-11-03T00:00:00Z",
    });
    at("2027-11-02T01:00:00Z");
    expect(await violations(freeze, site, settings)).toEqual([]);
    at("2027-11-02T01:00:01Z");
    expect(await violations(freeze, site, settings)).toHaveLength(1);
  });
});
