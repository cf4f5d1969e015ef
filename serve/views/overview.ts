/** The first page: how it stands now. */
import { headline } from "../../core/board";
import { tagOf } from "../../core/release";
import { nameOfRun, unendedRun } from "../../core/run-history";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import { renderLog, renderTransfers } from "./log";
import { renderMatrix } from "./matrix";
import type { Page } from "./page";
import { ago, lasting, runLink, said } from "./pieces";
import { runTable } from "./runs";
import { momentList } from "./timeline";

const linesShown = 12;
const runsShown = 5;
const momentsShown = 8;

/** The page. */
export function renderOverview(facts: Facts): Page {
  const { standings, trail, now } = facts;
  const words = headline(standings);
  const main = html`<h1 class="headline">${words}</h1>
    <div class="columns">
      <div>
        <section aria-labelledby="who-has-what">
          <h2 id="who-has-what">Who has what</h2>
          ${renderMatrix(facts)}
        </section>
        <section aria-labelledby="runs">
          <h2 id="runs">Latest runs</h2>
          ${trail.runs.length === 0 ? html`<p>No run yet. Push a commit.</p>` : runTable(trail.runs.slice(0, runsShown), facts)}
        </section>
      </div>
      <div>
        <section aria-labelledby="live-run" class="live-run">${liveRun(facts)}</section>
        ${waiting(facts)}
        <section aria-labelledby="moments">
          <h2 id="moments">What happened</h2>
          ${trail.moments.length === 0 ? html`<p>Nothing yet.</p>` : momentList(trail.moments.slice(0, momentsShown), now)}
        </section>
      </div>
    </div>`;
  return { title: words, part: "/", main };
}

function liveRun({ trail, pulse, asked, now }: Facts): Markup {
  const on = pulse.isOn ? unendedRun(trail.runs.slice(0, 1)) : undefined;
  const newest = trail.runs[0];
  if (on === undefined) {
    const lines = newest !== undefined && pulse.log.run === newest.run ? pulse.log.lines : [];
    return html`<h2 id="live-run">${pulse.isOn ? "A run is about to begin" : "No run is on"}</h2>
      ${asked !== undefined && askedFor(asked, now)}
      ${
        lines.length > 0 &&
        newest !== undefined &&
        html`<p class="sub">The last one was ${runLink(newest.run, nameOfRun(newest))}:</p>
          ${renderLog(lines, linesShown)}`
      }`;
  }
  return html`<h2 id="live-run">
      <span class="state updating">running</span> ${runLink(on.run, nameOfRun(on))}
    </h2>
    <p>${said(on.subject)} <span class="sub">for ${lasting(on.time, now)}</span></p>
    ${renderTransfers(pulse.transfers)} ${pulse.log.run === on.run && renderLog(pulse.log.lines, linesShown)}`;
}

function askedFor({ time, to, reason, why }: NonNullable<Facts["asked"]>, now: number): Markup {
  return why === undefined
    ? html`<p>A rollback to ${to} was asked for ${ago(time, now)}: ${said(reason)}</p>`
    : html`<p class="warning">
        The rollback to ${to} that was asked for ${ago(time, now)} came to nothing: ${said(why)}
      </p>`;
}

function waiting({ pulse: { queue }, now }: Facts): Markup | false {
  return (
    queue.length > 0 &&
    html`<section aria-labelledby="queue">
      <h2 id="queue">${queue.length === 1 ? "1 push waits" : `${String(queue.length)} pushes wait`}</h2>
      <ul class="queue">
        ${queue.map(
          ({ id, commit, at, urgent, schedule }) =>
            html`<li data-key="${id}">
              <code>${tagOf(commit)}</code> since
              ${lasting(at, now)}${urgent === true && ", urgent"}${schedule !== undefined && html`, by the schedule <code>${schedule}</code>`}
            </li>`,
        )}
      </ul>
    </section>`
  );
}
