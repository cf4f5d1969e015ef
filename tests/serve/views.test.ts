/** The pages, as they are rendered: exactly, and with nothing in them that was not escaped. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Standing } from "../../core/board";
import type { Body, Entry } from "../../core/entry";
import { noPrevious } from "../../core/entry";
import { releasesIn } from "../../core/releases";
import { runsIn } from "../../core/run-history";
import { timelineOf } from "../../core/timeline";
import { formatRollbackPlan } from "../../pipeline/rollback-plan";
import type { Facts } from "../../serve/views/facts";
import { escape, html, type Markup } from "../../serve/views/html";
import { renderLog, renderTransfers } from "../../serve/views/log";
import { columnsOf, renderMatrix } from "../../serve/views/matrix";
import { renderOverview } from "../../serve/views/overview";
import { renderPage } from "../../serve/views/page";
import { formatSeconds, stageBar } from "../../serve/views/pieces";
import { renderPlan, renderWish } from "../../serve/views/rollback";
import { renderRun, renderRuns } from "../../serve/views/runs";
import { releasesOnPage, renderReleases } from "../../serve/views/release";
import { renderTimeline } from "../../serve/views/timeline";
import { aRelease } from "../fixtures";

const now = Date.parse("2026-11-27T12:00:00.000Z");
const hostile = `<script>alert(1)</script>"'&\u202e`;
const escaped = "&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;\\u202e";

/** Facts about a trail of entries, an hour apart from 06:00 on. */
function factsOf(bodies: readonly Body[], parts: Partial<Facts> = {}): Facts {
  const entries = bodies.map((body, index): Entry => ({
    number: index + 1,
    previous: noPrevious,
    time: `2026-11-27T${String(6 + index).padStart(2, "0")}:00:00.000Z`,
    by: "hms@ship",
    body,
  }));
  return {
    service: "flood-formula",
    now,
    trail: {
      state: "read",
      entries,
      releases: releasesIn(entries),
      runs: runsIn(entries).reverse(),
      moments: timelineOf(entries).reverse(),
    },
    standings: [],
    pulse: { isOn: false, log: { run: 0, lines: [] }, transfers: new Map(), queue: [] },
    asking: { isOn: false, everySeconds: 30 },
    takesRollbacks: false,
    ...parts,
  };
}

const made = (tag: string, subject = "Fix overflow"): Body => ({
  type: "release",
  release: aRelease({ tag, commit: `${tag}0000`, subject }),
  run: 1,
});
const begun: Body = {
  type: "run-started",
  run: 1,
  commit: "8e9a12c0",
  subject: "Fix overflow",
  trigger: "push",
};
/** Without the white space that a browser does not show. */
const text = (found: Markup | undefined | string): string =>
  String(found)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?> </g, "><")
    .replaceAll(/ (?=<\/|>)/g, "");

describe("html", () => {
  test("escapes every value, also in lists and attributes; pieces stay as they are", () => {
    expect(html`<a title="${hostile}">${[hostile, html`<b>${1}</b>`]}${undefined}${false}</a>`.text).toBe(
      `<a title="${escaped}">${escaped}<b>1</b></a>`,
    );
  });
  test("whatever is written, a browser reads it as text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const found = escape(value);
        expect(found).not.toMatch(/[<>"']|&(?!#\d\d;)/);
        expect(found).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe("who has what", () => {
  const standings: Standing[] = [
    {
      target: "cloud/cloud",
      state: "current",
      desired: "bbbbbbb",
      release: "bbbbbbb",
      hasSince: "2026-11-27T09:00:00Z",
    },
    {
      target: "onprem/anchorage",
      state: "stale",
      desired: "bbbbbbb",
      release: "aaaaaaa",
      since: "2026-11-27T10:00:00Z",
      why: "unreachable: <b>no route</b>",
      tries: 2,
      lastSeen: "2026-11-26T12:00:00Z",
    },
  ];
  const facts = factsOf([made("aaaaaaa"), made("bbbbbbb")], { standings });

  test("a column for each release, newest first, and a row for each target, exactly", () => {
    expect(text(renderMatrix(facts))).toBe(
      text(`<div class="wide" role="region" aria-label="Targets by release" tabindex="0">
<table class="matrix">
<caption class="unseen"> Targets by release: which has which, and which it should have </caption>
<thead><tr><th scope="col">Target</th>
<th scope="col"><a class="tag" href="/releases/bbbbbbb">bbbbbbb</a><span class="sub"><time datetime="2026-11-27T07:00:00.000Z" data-age>5 h</time> ago</span></th>
<th scope="col"><a class="tag" href="/releases/aaaaaaa">aaaaaaa</a><span class="sub"><time datetime="2026-11-27T06:00:00.000Z" data-age>6 h</time> ago</span></th>
</tr></thead>
<tbody>
<tr data-key="cloud/cloud" class="current">
<th scope="row"><span class="name"><span class="stack">cloud/</span>cloud</span> <span class="state current">current</span> </th>
<td class="has"><span class="dot" aria-hidden="true">●</span><span class="unseen">has it</span> <span class="age"><time datetime="2026-11-27T09:00:00Z" data-age>3 h</time></span></td>
<td><span class="unseen">no</span></td></tr>
<tr data-key="onprem/anchorage" class="stale">
<th scope="row"><span class="name"><span class="stack">onprem/</span>anchorage</span> <span class="state stale">stale</span><span class="why">for <time datetime="2026-11-27T10:00:00Z" data-age>2 h</time>, 2 tries · <bdi>unreachable: &#60;b&#62;no route&#60;/b&#62;</bdi> · seen <time datetime="2026-11-26T12:00:00Z" data-age>1 d</time> ago</span></th>
<td class="wants"><span class="dot" aria-hidden="true">○</span><span class="unseen">should have it</span></td>
<td class="has"><span class="dot" aria-hidden="true">●</span><span class="unseen">has it</span></td></tr>
</tbody></table></div>
<p class="legend"><span class="has" aria-hidden="true">●</span> has it, for so long <span class="wants" aria-hidden="true">○</span> should have it </p>`),
    );
  });
  test("old releases that concern nobody have no column; a target that has one says so", () => {
    const tags = ["0000001", "0000002", "0000003", "0000004", "0000005", "0000006", "0000007", "0000008"];
    const many = tags.map((tag): Standing => ({ target: `s/t${tag}`, state: "current", release: tag }));
    const all = factsOf(
      tags.map((tag) => made(tag)),
      { standings: many },
    );
    expect(columnsOf(all)).toEqual(tags.slice(2).reverse());
    expect(text(renderMatrix(all))).toContain(
      '<span class="why">It has <a class="tag" href="/releases/0000001">0000001</a>.</span>',
    );
    expect(columnsOf({ ...all, standings: [] })).toEqual(["0000008", "0000007", "0000006"]);
  });
});

test("releases stand on pages, newest first; one leads to the next", () => {
  const tags = Array.from(
    { length: releasesOnPage + 2 },
    (_, index) => `${String(index).padStart(2, "0")}abcde`,
  );
  const facts = factsOf(tags.map((tag) => made(tag)));
  const page = (before?: string): string => text(String(renderReleases(facts, before).main));
  const listed = (before?: string): string[] =>
    [...page(before).matchAll(/<tr data-key="(\w+)">/g)].map(([, tag = ""]) => tag);
  const newest = tags.toReversed();
  expect(listed()).toEqual(newest.slice(0, releasesOnPage));
  expect(page()).toContain('<a href="/releases?before=02abcde">Older releases</a>');
  expect(listed("02abcde")).toEqual(["01abcde", "00abcde"]);
  expect(page("02abcde")).not.toContain("Older releases");
  expect(listed("nosuch")).toEqual(listed());
});

describe("a run", () => {
  test("its stages are a bar and words, in their order", () => {
    expect(text(stageBar({ stages: { update: 3, compliance: 1 } }))).toBe(
      '<svg class="stages" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">' +
        '<rect class="stage compliance" x="0.00" width="25.00" height="4" />' +
        '<rect class="stage update" x="25.00" width="75.00" height="4" /></svg>' +
        '<ul class="stages"><li><span class="key compliance">compliance</span> 1.0 s</li>' +
        '<li><span class="key update">update</span> 3.0 s</li></ul>',
    );
    expect(stageBar({ stages: {} })).toBeUndefined();
    expect(
      [0.04, 9.96, 10, 61, 3600].map(formatSeconds).map((each) => each.replaceAll("\u00a0", " ")),
    ).toEqual(["0.0 s", "10.0 s", "10 s", "1 min 1 s", "60 min 0 s"]);
  });
  test("its log is timed, and heard as it comes", () => {
    const lines = [
      { at: 0, sign: "▶️", text: "run #1" },
      { at: 65.4, sign: "🚀", text: hostile },
    ];
    expect(text(renderLog(lines, 1))).toBe(
      `<div class="log" role="log" aria-label="Log"><ol><li data-key="1"><span class="at">01:05</span><span class="sign" aria-hidden="true">🚀</span><span class="text"><bdi>${escaped}</bdi></span></li></ol></div>`,
    );
    expect(renderTransfers(new Map())).toBeUndefined();
    const transfers = new Map([["anchorage", { bytes: 12e6, total: 40e6, bytesPerSecond: 118e3 }]]);
    expect(text(renderTransfers(transfers))).toContain(
      '<progress max="100" value="30" aria-label="anchorage"></progress>',
    );
    expect(text(renderTransfers(transfers))).toContain("30 %, 12 MB of 40 MB, 118 KB/s, 3 min left");
  });
  test("one that is on says so, with its transfers; one without an end and anybody at work was killed", () => {
    const live = factsOf([begun], {
      pulse: {
        isOn: true,
        log: { run: 1, lines: [{ at: 0, sign: "▶️", text: "run #1" }] },
        transfers: new Map([["anchorage", { bytes: 1, total: 2, bytesPerSecond: 0 }]]),
        queue: [{ id: "1", commit: "41c0f3e0", at: "2026-11-27T11:59:00.000Z", urgent: true }],
      },
    });
    const [run] = live.trail.runs;
    if (run === undefined) throw new Error("no run");
    const overview = text(renderPage(live, renderOverview(live)));
    expect(overview).toContain('<span class="state updating">running</span><a href="/runs/1">run #1</a>');
    expect(overview).toContain("50 %");
    expect(overview).toMatch(/1 push waits.*41c0f3e.*1 min.*, urgent/);
    expect(text(renderPage(live, renderRun(live, run, [])))).not.toContain("it was killed");
    const dead = { ...live, pulse: { ...live.pulse, isOn: false } };
    expect(text(renderPage(dead, renderRun(dead, run, [])))).toContain(
      "nobody is at work on it: it was killed.",
    );
  });
});

test("what is written by whoever pushes, or answers, is text on every page", () => {
  const facts = factsOf(
    [
      { ...begun, subject: hostile },
      made("8e9a12c", hostile),
      { type: "refusal", run: 1, stage: "compliance", why: hostile },
      {
        type: "rollback-started",
        run: 2,
        reason: hostile,
        everywhere: true,
        targets: [{ target: "s/t", from: "8e9a12c", to: "x" }],
      },
    ],
    {
      service: hostile,
      takesRollbacks: true,
      standings: [{ target: "s/t", state: "failed", why: hostile, release: "8e9a12c" }],
      asking: { isOn: false, everySeconds: 30, why: hostile },
      asked: { time: "2026-11-27T12:00:00Z", to: "x", reason: hostile },
    },
  );
  const [, run] = facts.trail.runs;
  if (run === undefined) throw new Error("no run");
  const wish = { to: "x", target: "", reason: hostile, who: hostile };
  const plan = {
    dryRun: true as const,
    reason: hostile,
    exitCode: 1 as const,
    moves: { "s/t": { from: hostile, to: "x" } },
    targets: { "s/t": { answers: "refused" as const, why: hostile, kept: true, bytes: 0 } },
    lifts: { tag: "x", rolledBack: hostile },
    refused: { stage: "policy" as const, why: hostile },
  };
  const pages = [
    renderOverview(facts),
    renderRuns(facts),
    renderRun(facts, run, [{ at: 0, sign: hostile, text: hostile }]),
    renderTimeline(facts),
    renderWish(facts, wish, hostile),
    renderPlan(facts, wish, plan, 1),
  ];
  for (const page of pages) {
    const found = renderPage(facts, page);
    expect(found.match(/<script/g)).toHaveLength(1);
    expect(found).not.toContain("alert(1)</");
    expect(found).not.toContain("\u202e");
    expect(found.split(escaped).length).toBeGreaterThan(1);
  }
});

test("a plan says that the rollback lifts a quarantine", () => {
  const wish = { to: "8e9a12c", target: "", reason: "back", who: "" };
  const lifts = { tag: "8e9a12c", rolledBack: "floods nobody" };
  const plan = { dryRun: true, reason: "back", exitCode: 0, moves: {}, targets: {}, lifts } as const;
  const sentence =
    "It lifts the quarantine of 8e9a12c, which was rolled back (floods nobody): runs may ship it again.";
  const facts = factsOf([], {});
  expect(renderPage(facts, renderPlan(facts, wish, plan, 1))).toContain(sentence);
  expect(formatRollbackPlan(plan)).toContain(sentence);
});

test("a page says what is not to be believed", () => {
  const facts = factsOf([], { asking: { isOn: false, everySeconds: 30, why: "no passphrase." } });
  const found = text(
    renderPage({ ...facts, trail: { ...facts.trail, state: "unreadable" } }, renderTimeline(facts)),
  );
  expect(found).toContain(
    "The trail can&#39;t be read, or is not what was written: nothing here is known to be true.",
  );
  expect(found).toContain(
    "The targets can&#39;t be asked: no passphrase. What is shown is what the trail says.",
  );
});

test("the time line goes on where a page ends, and keeps together what one entry says", () => {
  const stale = { state: "stale", tag: "a", why: "unreachable: x" } as const;
  const targets = { "s/a": stale, "s/b": stale, "s/c": stale };
  const facts = factsOf([begun, { type: "run-finished", run: 1, exitCode: 3, targets, stages: {} }]);
  const moments = Array.from({ length: 30 }, (_, n) =>
    facts.trail.moments.map((each) => ({ ...each, entry: 60 - n })),
  ).flat();
  const page = text(renderPage(facts, renderTimeline({ ...facts, trail: { ...facts.trail, moments } })));
  const shown = [...page.matchAll(/· entry (\d+)/g)].map(([, number]) => Number(number));
  expect(new Set(shown).size * 4).toBe(shown.length);
  expect(page).toContain(`/timeline?before=${String(Math.min(...shown))}"`);
});
