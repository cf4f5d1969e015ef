/** Releases × targets: who has what, who should have what, and what is wrong. */
import type { Standing } from "../../core/board";
import type { ListedRelease } from "../../core/releases";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import { ago, joined, lasting, releaseLink, said, stateMark } from "./pieces";

/** How many releases have a column at least, if there are as many. */
const leastColumns = 3;
/** How many at most; a target that has an older one still says so. */
const mostColumns = 6;

/** The releases that have a column: those that some target has or should have, and the newest; newest first. */
export function columnsOf({ standings, trail }: Pick<Facts, "standings" | "trail">): string[] {
  const wanted = new Set(standings.flatMap(({ release, desired }) => [release, desired]));
  const known = trail.releases.map(({ tag }) => tag);
  const some = known.filter((tag, index) => wanted.has(tag) || index < leastColumns);
  return some.slice(0, mostColumns);
}

/** The table. */
export function renderMatrix(facts: Facts): Markup {
  const { standings, trail, now } = facts;
  if (standings.length === 0) {
    return html`<p>No target has been told of yet. A run puts them into the trail.</p>`;
  }
  const columns = columnsOf(facts);
  const idle = new Set(
    columns.filter((tag) => standings.every(({ release, desired }) => release !== tag && desired !== tag)),
  );
  const heads = columns.map((tag) => {
    const release = trail.releases.find((each) => each.tag === tag);
    return head(tag, release, idle.has(tag), now);
  });
  return html`<div class="wide" role="region" aria-label="Targets by release" tabindex="0">
      <table class="matrix">
        <caption class="unseen">
          Targets by release: which has which, and which it should have
        </caption>
        <thead>
          <tr>
            <th scope="col">Target</th>
            ${heads}
          </tr>
        </thead>
        <tbody>
          ${standings.map((standing) => row(standing, columns, idle, now))}
        </tbody>
      </table>
    </div>
    <p class="legend">
      <span class="has" aria-hidden="true">●</span> has it, for so long
      <span class="wants" aria-hidden="true">○</span> should have it
    </p>`;
}

function head(tag: string, release: ListedRelease | undefined, isIdle: boolean, now: number): Markup {
  return html`<th scope="col" ${isIdle && html` class="idle"`}>
    ${releaseLink(tag)}${
      release !== undefined && html`<span class="sub">${ago(release.time, now)}</span>`
    }${release?.quarantined !== undefined && html`<span class="sub bad">rolled back</span>`}
  </th>`;
}

function row(standing: Standing, columns: readonly string[], idle: ReadonlySet<string>, now: number): Markup {
  const { target, state, release } = standing;
  const [stack = "", name = ""] = target.split("/");
  const isTroubled = state === "stale" || state === "failed";
  const other =
    release === "unknown"
      ? html`<span class="why">It has something that is no release of the trail.</span>`
      : release !== undefined &&
        !columns.includes(release) &&
        html`<span class="why">It has ${releaseLink(release)}.</span>`;
  return html`<tr data-key="${target}" class="${state}">
    <th scope="row">
      <span class="name"><span class="stack">${stack}/</span>${name}</span> ${stateMark(state)}${other}${
        isTroubled && trouble(standing, now)
      }
    </th>
    ${columns.map((tag) => (idle.has(tag) ? idleCell : cell(standing, tag, now)))}
  </tr>`;
}

/** Since when, how often in vain, why, and when it last answered. */
function trouble({ since, why, tries, lastSeen }: Standing, now: number): Markup {
  const tried =
    tries === undefined || tries === 0 ? "" : tries === 1 ? ", 1 try" : `, ${String(tries)} tries`;
  const parts = [
    ...(since === undefined ? [] : [html`for ${lasting(since, now)}${tried}`]),
    ...(why === undefined ? [] : [said(why)]),
    ...(lastSeen === undefined ? [] : [html`seen ${ago(lastSeen, now)}`]),
  ];
  return html`<span class="why">${joined(parts, " · ")}</span>`;
}

/** On a narrow screen there is no room for a release that concerns nobody. */
const idleCell = html`<td class="idle"><span class="unseen">no</span></td>`;

function cell({ release, desired, hasSince }: Standing, tag: string, now: number): Markup {
  if (release === tag) {
    const age =
      hasSince === undefined ? undefined : html` <span class="age">${lasting(hasSince, now)}</span>`;
    return html`<td class="has">
      <span class="dot" aria-hidden="true">●</span><span class="unseen">has it</span>${age}
    </td>`;
  }
  return desired === tag
    ? html`<td class="wants">
        <span class="dot" aria-hidden="true">○</span><span class="unseen">should have it</span>
      </td>`
    : html`<td><span class="unseen">no</span></td>`;
}
