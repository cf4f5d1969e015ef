/** May a request be served now? */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseGuard } from "../../core/config/guard";
import type { Body, Entry, TargetId, TargetOutcome } from "../../core/entry";
import { decide, type GuardFacts, type Histories, neededBy, noteEntry } from "../../core/guard";
import { plainHost, plainPath } from "../../core/request-path";
import { stalenessOf } from "../../core/staleness";

const site = "onprem/mississippi";
const other = "onprem/anchorage";
const day = 86_400_000;
const start = Date.parse("2026-11-26T10:00:00.000Z");
const runs = { kind: "runs", image: "sha256:1d", health: "healthy", since: "", units: [] } as const;

const entriesOf = (...bodies: Body[]): Entry[] =>
  bodies.map((body, n) => ({
    number: n + 1,
    previous: "",
    time: new Date(start + n * 1000).toISOString(),
    by: "t@t",
    body,
  }));
const desired = (target: TargetId): Body => ({ type: "desired", target, tag: "a", cause: "run", run: 1 });
const receipt = (target: TargetId): Body => ({ type: "receipt", target, tag: "a", receipt: runs });
const finished = (targets: Record<TargetId, TargetOutcome>): Body => ({
  type: "run-finished",
  run: 1,
  exitCode: 0,
  targets,
  stages: {},
});
const stale: TargetOutcome = { state: "stale", tag: "a", why: "unreachable: no route to host" };
const failed: TargetOutcome = { state: "failed", tag: "a", why: "unhealthy: it says no" };
const current: TargetOutcome = { state: "current", tag: "a" };

function factsOf(entries: readonly Entry[], more: Partial<GuardFacts> = {}): GuardFacts {
  const histories: Histories = new Map();
  for (const entry of entries) noteEntry(histories, entry);
  return { trail: "read", histories, lastBeat: start, ...more };
}

interface Question {
  readonly needs?: readonly TargetId[];
  readonly now?: number;
  readonly facts?: Partial<GuardFacts>;
  readonly heart?: number | "none";
}
const ask = (
  bodies: readonly Body[],
  { needs = [site], now = start, facts = {}, heart = 60 }: Question = {},
) => decide(needs, factsOf(entriesOf(...bodies), facts), { heartbeatSeconds: heart }, now);
const isOpen = { open: true };

describe("a request", () => {
  test("is served while its target is current, through a whole rollout, and while it failed", () => {
    const story: Body[] = [
      desired(site),
      receipt(site),
      finished({ [site]: current }),
      { type: "run-started", run: 2, commit: "b", subject: "", trigger: "push" },
      desired(site),
      receipt(site),
      finished({ [site]: failed, [other]: stale }),
    ];
    for (const end of story.keys()) {
      expect([end, ask(story.slice(0, end + 1))]).toEqual([end, isOpen]);
    }
  });
  test("is not served while one of its targets is stale, and is as soon as that answers", () => {
    const story = [receipt(site), receipt(other), finished({ [site]: stale }), finished({ [site]: stale })];
    expect(ask(story)).toEqual({
      open: false,
      reason: "stale",
      message: "Out of date: onprem/mississippi.",
      targets: [
        {
          target: site,
          staleSince: "2026-11-26T10:00:02.000Z",
          tries: 2,
          lastSeen: "2026-11-26T10:00:00.000Z",
        },
      ],
    });
    expect(ask(story, { needs: [other, site] })).toMatchObject({ open: false, targets: [{ target: site }] });
    expect(ask(story, { needs: [other] })).toEqual(isOpen);
    expect(ask([...story, receipt(site)])).toEqual(isOpen);
  });
  test("is served however old the newest entry is", () => {
    expect(ask([receipt(site)], { now: start + 900 * day, heart: "none" })).toEqual(isOpen);
    expect(
      ask([receipt(site)], { now: start + 900 * day, facts: { lastBeat: start + 900 * day - 1 } }),
    ).toEqual(isOpen);
  });
  test("is not served when nobody can tell", () => {
    const good = [receipt(site)];
    expect(ask(good, { facts: { trail: "unreadable" } })).toMatchObject({ reason: "trail-unreadable" });
    expect(ask(good, { facts: { trail: "reading" } })).toMatchObject({ reason: "trail-unreadable" });
    expect(ask(good, { facts: { lastBeat: undefined } })).toMatchObject({ reason: "no-heartbeat" });
    expect(ask(good, { now: start + 60_000 })).toEqual(isOpen);
    expect(ask(good, { now: start + 60_001 })).toMatchObject({ reason: "no-heartbeat" });
    expect(ask(good, { now: start - 60_001 })).toMatchObject({ reason: "no-heartbeat" });
    expect(ask(good, { facts: { lastBeat: undefined }, heart: "none" })).toEqual(isOpen);
    expect(ask([receipt(other)])).toMatchObject({ reason: "unknown-target", targets: [{ target: site }] });
    const gone: Body = {
      type: "site-removed",
      target: site,
      service: "s",
      host: "h",
      user: "u",
      purged: true,
    };
    expect(ask([...good, gone])).toMatchObject({ reason: "unknown-target" });
  });
  test("that needs no target is always served", () => {
    for (const trail of ["unreadable", "reading", "read"] as const) {
      expect(ask([], { needs: [], facts: { trail, lastBeat: undefined } })).toEqual(isOpen);
    }
  });
  test("says nothing about the insides of the platform", () => {
    expect(JSON.stringify(ask([finished({ [site]: stale })]))).not.toMatch(/route|unreachable/);
  });
});

test("stale means here what it means in the status, after any story", () => {
  const body = fc.constantFrom<Body>(
    desired(site),
    receipt(site),
    receipt(other),
    finished({ [site]: stale }),
    finished({ [site]: failed }),
    finished({ [site]: current, [other]: stale }),
    finished({}),
  );
  fc.assert(
    fc.property(fc.array(body), (bodies) => {
      const entries = entriesOf(desired(site), ...bodies);
      const verdict = decide([site], factsOf(entries), { heartbeatSeconds: "none" }, start);
      expect(verdict.open).toBe(stalenessOf(entries, site) === undefined);
    }),
  );
});

const settings = parseGuard(
  [
    "routes:",
    "  - { path: /map/, needs: [onprem/mississippi] }",
    "  - { path: /map/alaska/, needs: [onprem/anchorage] }",
    "  - { path: /map/legend, needs: [] }",
    "  - { path: /, host: alaska.example.gov, needs: [onprem/anchorage] }",
  ].join("\n"),
  "guard.yml",
);

describe("which targets a request needs", () => {
  const needs = (target: string, host = "agency.example"): readonly TargetId[] | undefined => {
    const path = plainPath(target);
    return path === undefined ? undefined : neededBy(path, plainHost(host), settings);
  };
  test.each([
    ["/map/", [site]],
    ["/map", [site]],
    ["/map/delta?zoom=3", [site]],
    ["/map/alaska/nome", [other]],
    ["/map/alaska", [other]],
    ["/map/legend", []],
    ["/map/legend/x", [site]],
    ["/mapper", []],
    ["/", []],
  ])("%s: %j", (target, wanted) => {
    expect(needs(target)).toEqual(wanted);
  });
  test.each([
    "/%6dap/",
    "//map//x",
    "/./map/x",
    "/x/../map/x",
    "/x/%2e%2e/map/x",
    "/x%2f..%2fmap%2fx",
    "/map/#/../legend",
    "/map/legend/..",
  ])("no spelling goes round a route: %s", (target) => {
    expect(needs(target)).toEqual([site]);
  });
  test.each(["/../map/", "/%zz", "map/", "http://a/map/", "/map/%00", ""])("no path: %s", (target) => {
    expect(needs(target)).toBeUndefined();
  });
  test("a route of the request's host goes before others", () => {
    expect(needs("/map/", "Alaska.example.gov:8443")).toEqual([other]);
    expect(needs("/map/legend", "alaska.example.gov.")).toEqual([other]);
  });
});

describe("settings", () => {
  test("have defaults", () => {
    expect(settings).toMatchObject({ otherwise: [], heartbeatSeconds: 60, retryAfterSeconds: 30 });
  });
  test.each([
    ["routes: []", "guard.yml: routes: found []; allowed: a list of routes, each with path and needs"],
    ["routes: [", /^guard\.yml: /],
    [
      "routes: [{ path: map, needs: [] }]",
      'guard.yml: routes[0].path: found "map"; allowed: a path that begins with /, decoded, without //, . and ..; a last / means all below it',
    ],
    ["routes: [{ path: /a%20b, needs: [] }]", /a path that begins with/],
    [
      "routes: [{ path: /map/, needs: [mississippi] }]",
      'guard.yml: routes[0].needs[0]: found "mississippi"; allowed: a target\'s name, STACK/NAME, e.g. onprem/anchorage',
    ],
    ["routes: [{ path: /map/ }]", /needs: missing; allowed: a list of targets/],
    ["routes: [{ path: /m, needs: [] }, { path: /m, needs: [] }]", /allowed: each path once for each host/],
    [
      "routes: [{ path: /m, needs: [] }]\nheartbeatSeconds: never",
      'guard.yml: heartbeatSeconds: found "never"; allowed: a whole number of seconds from 5 to 3600, or none',
    ],
    [
      "routes: [{ path: /m, needs: [], site: x }]",
      "guard.yml: routes[0].site: unknown key; allowed: path, host, needs",
    ],
  ])("%j are answered with a sentence", (text, sentence) => {
    expect(() => parseGuard(text, "guard.yml")).toThrow(sentence);
  });
});
