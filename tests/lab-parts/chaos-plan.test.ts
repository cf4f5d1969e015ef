import { describe, expect, test } from "@jest/globals";
import { partners, sites } from "../../lab/layout";
import { chosen, cutsOff, kinds, momentsOf, told } from "../chaos/plan";

describe("the moments of a seed", () => {
  test("are the same each time, and the first ones however many are asked for", () => {
    expect(momentsOf(7, 100)).toEqual(momentsOf(7, 100));
    expect(momentsOf(7, 100).slice(0, 10)).toEqual(momentsOf(7, 10));
  });

  test("are others for another seed", () => {
    expect(momentsOf(7, 10)).not.toEqual(momentsOf(8, 10));
  });

  test("break every kind of thing as often, in runs and rollbacks, early and late, for a while and to the end", () => {
    const moments = momentsOf(1, 100);
    for (const kind of kinds) {
      expect(moments.filter(({ fault }) => fault.kind === kind)).toHaveLength(10);
    }
    const share = (fits: (moment: (typeof moments)[number]) => boolean): number =>
      moments.filter(fits).length / moments.length;
    for (const part of [
      share(({ during }) => during === "rollback"),
      share(({ at }) => at < 0.5),
      share(({ forSeconds }) => forSeconds === undefined),
      share(({ then }) => then === "the same"),
    ]) {
      expect(part).toBeGreaterThan(0.15);
      expect(part).toBeLessThan(0.85);
    }
    for (const { at } of moments) {
      expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeLessThanOrEqual(1);
    }
  });

  test("reach every site and every partner", () => {
    const hit = new Set(momentsOf(1, 100).flatMap(({ fault }) => ("at" in fault ? [fault.at] : [])));
    expect([...hit].sort()).toEqual([...sites.map(({ name }) => name), ...Object.keys(partners)].sort());
  });
});

describe("some of them", () => {
  const moments = momentsOf(3, 20);
  test("are chosen by their numbers", () => {
    expect(chosen(moments, "3-5,9").map(({ number }) => number)).toEqual([3, 4, 5, 9]);
  });
  test.each(["", "x", "3-", "-3", "3..5"])("%j is none", (text) => {
    expect(() => chosen(moments, text)).toThrow(`"${text}" is no moment: write 7, or 3-5, or 3-5,7.`);
  });
  test("must be among them", () => {
    expect(() => chosen(moments, "21")).toThrow("There is no moment 21 among 20.");
  });
});

test("only a site whose line or engine is gone may leave requests unanswered", () => {
  const of = (kind: string): unknown => momentsOf(1, 10).find(({ fault }) => fault.kind === kind)?.fault;
  const off = kinds.filter((kind) => cutsOff(of(kind) as Parameters<typeof cutsOff>[0]) !== undefined);
  expect(off).toEqual(["docker", "containerd", "line"]);
});

test("a moment is told on one line", () => {
  expect(
    told({
      number: 4,
      during: "rollback",
      at: 0.875,
      fault: { kind: "disk", at: "anchorage", leftKilobytes: 16 },
      forSeconds: 1.5,
      then: "the same",
    }),
  ).toBe("#4 disk of anchorage (16 KB left) for 1.5 s at 87.5 % of a rollback, then the same");
});
