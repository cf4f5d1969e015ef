import { describe, expect, test } from "@jest/globals";
import type { Body, Entry } from "../../core/entry";
import type { Probe } from "../../core/target";
import { describeTravel, isKept, travelTo, type Whereabouts } from "../../core/travel";
import { aRelease } from "../fixtures";

const everywhere: Whereabouts = {
  registry: {
    configSize: 1_000,
    layers: [
      { diffId: "sha256:base", size: 67_900_000 },
      { diffId: "sha256:code", size: 99_000 },
    ],
  },
  held: new Set(),
  laidOut: true,
  onHost: true,
  bundle: true,
};
const nowhere: Whereabouts = {
  registry: { refused: "The registry does not give it: manifest unknown." },
  held: new Set(),
  laidOut: false,
  onHost: false,
  bundle: false,
};
const travel = (kind: Probe["kind"], where: Whereabouts, kept = false) =>
  travelTo(
    { kind, settings: { name: "there" } } as Pick<Probe, "kind" | "settings">,
    aRelease(),
    where,
    kept,
  );
const all = { kept: false, bytes: 68_000_000, layers: { sent: 2, all: 2 } };
const held = new Set(["sha256:base"]);
const code = { kept: false, bytes: 100_000, layers: { sent: 1, all: 2 } };
const noImage =
  "there can't get the image of 8e9a12c: The registry does not give it: manifest unknown. " +
  "Push it there again, or name another release with --to TAG.";

describe("what travels to", () => {
  test.each<[string, Parameters<typeof travel>, ReturnType<typeof travel>, string]>([
    ["a cluster", ["cluster", everywhere], all, "68 MB at most, 2 of 2 layers"],
    [
      "a docker host that has it",
      ["docker", { ...nowhere, onHost: true }],
      { kept: true, bytes: 0 },
      "nothing: it is kept there",
    ],
    [
      "a docker host that has it no more",
      ["docker", { ...everywhere, onHost: false }],
      all,
      "68 MB at most, 2 of 2 layers",
    ],
    [
      "a docker host that has its base",
      ["docker", { ...everywhere, held, onHost: false }],
      code,
      "100 KB at most, 1 of 2 layers",
    ],
    [
      "a site that kept it",
      ["site", everywhere, true],
      { kept: true, bytes: 0 },
      "nothing: it is kept there",
    ],
    [
      "a site, from the layouts alone",
      ["site", { ...nowhere, laidOut: true }, true],
      { kept: true, bytes: 0 },
      "nothing: it is kept there",
    ],
    ["a site that did not keep it", ["site", everywhere], all, "68 MB at most, 2 of 2 layers"],
    [
      "a site that has its base under another release",
      ["site", { ...everywhere, held }],
      code,
      "100 KB at most, 1 of 2 layers",
    ],
    ["a site without a line", ["far", nowhere, true], { kept: true, bytes: 0 }, "nothing: it is kept there"],
    ["a partner", ["partner", everywhere], { kept: false, bytes: 1234 }, "1.2 KB at most"],
  ])("%s", (_, given, expected, text) => {
    expect(travel(...given)).toEqual(expected);
    expect(describeTravel(expected)).toBe(text);
  });

  test.each<[string, Probe["kind"], string]>([
    ["a cluster", "cluster", noImage],
    ["a docker host", "docker", noImage],
    ["a site, even one that kept it: its list of files is made here", "site", noImage],
    [
      "a partner",
      "partner",
      "there can't get the bundle of 8e9a12c: it is not beside the trail any more. " +
        "Put it back there from a backup, or name another release with --to TAG.",
    ],
  ])("%s, when it is nowhere, is missing", (_, kind, missing) => {
    const found = travel(kind, nowhere, kind === "site");
    expect(found.missing).toBe(missing);
    expect(describeTravel(found)).toBe("it can't be brought");
  });
});

describe("a site keeps", () => {
  const tags = ["v1", "v2", "v3", "v4"];
  const image = (tag: string): string => `registry/a@sha256:${tag}`;
  const target = "onprem/anchorage";
  const ran = (tag: string): Body => ({ type: "receipt", target, tag, receipt: { kind: "nothing" } });
  const entries = [
    ...tags.map((tag): Body => ({ type: "release", release: aRelease({ tag, image: image(tag) }) })),
    ...[ran("v1"), ran("v2"), ran("v2"), ran("v3"), { ...ran("v4"), target: "onprem/other" } as Body],
  ].map((body, index) => ({ number: index + 1, body }) as Entry);

  test.each<[string, number, boolean]>([
    ["v3", 2, true],
    ["v2", 2, true],
    ["v1", 2, false],
    ["v1", 3, true],
    ["v4", 3, false],
  ])("%s among its last %d: %s", (tag, keep, kept) => {
    expect(isKept(entries, target, { image: image(tag) }, keep)).toBe(kept);
  });
});
