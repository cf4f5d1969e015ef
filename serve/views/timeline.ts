/** The time line: deployments, rollbacks, refusals, and targets that went stale and came back. */
import type { Moment, MomentKind } from "../../core/timeline";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import type { Page } from "./page";
import { ago, moment, releaseLink, runLink, said } from "./pieces";

/** How many moments stand on one page. */
export const momentsOnPage = 50;

const words: Readonly<Record<MomentKind, string>> = {
  deploy: "deployed",
  rollback: "rolled back",
  sync: "synced",
  refused: "refused",
  stale: "stale",
  healed: "healed",
  failed: "failed",
  drift: "changed",
  "broke-off": "broke off",
  platform: "platform",
};

/** The page, from the newest before an entry. */
export function renderTimeline(facts: Facts, before = Infinity): Page {
  const older = facts.trail.moments.filter(({ entry }) => entry < before);
  // All that one entry says stays together.
  const limit = older[momentsOnPage]?.entry ?? 0;
  const shown = older.filter(({ entry }) => entry > limit);
  const main = html`<h1>Timeline</h1>
    ${shown.length === 0 ? html`<p>Nothing has happened yet.</p>` : days(shown)}
    ${limit > 0 && html`<p><a href="/timeline?before=${limit + 1}">Older</a></p>`}`;
  return { title: "Timeline", part: "/timeline", main };
}

/** Grouped by day, UTC. */
function days(moments: readonly Moment[]): Markup {
  const byDay = new Map<string, Moment[]>();
  for (const each of moments) {
    const day = each.time.slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), each]);
  }
  const sections = [...byDay].map(
    ([day, all]) =>
      html`<section aria-labelledby="day-${day}">
        <h2 id="day-${day}">${day}</h2>
        <ol class="moments">
          ${all.map((each) => item(each, moment(each.time)))}
        </ol>
      </section>`,
  );
  return html`${sections}`;
}

/** The newest of them, with their ages. */
export function momentList(moments: readonly Moment[], now: number): Markup {
  return html`<ol class="moments">
    ${moments.map((each) => item(each, ago(each.time, now)))}
  </ol>`;
}

function item({ kind, entry, text, by, run, tag, target }: Moment, when: Markup): Markup {
  const links = [
    ...(run === undefined ? [] : [html`run ${runLink(run)}`]),
    ...(tag === undefined ? [] : [releaseLink(tag)]),
  ];
  return html`<li data-key="${entry}-${kind}-${target ?? ""}" class="${kind}">
    <span class="kind">${words[kind]}</span>
    <span class="text">${said(text)}</span>
    <span class="sub">${when} by ${said(by)}${links.map((link) => html` · ${link}`)} · entry ${entry}</span>
  </li>`;
}
