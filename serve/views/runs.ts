/** The history of runs, and one run's page. */
import type { TargetId, TargetOutcome } from "../../core/entry";
import { sentenceOf } from "../../core/entry-text";
import { ofRun } from "../../core/entry-search";
import { tagOf } from "../../core/release";
import { nameOfRun, type RunFacts } from "../../core/run-history";
import type { LogLine } from "../../store/run-log";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import { renderLog, renderTransfers } from "./log";
import type { Page } from "./page";
import {
  ago,
  endMark,
  formatSeconds,
  joined,
  moment,
  releaseLink,
  runLink,
  said,
  secondsOf,
  stageBar,
  stateMark,
  table,
} from "./pieces";

/** How many runs stand on one page. */
export const runsOnPage = 25;

/** The history, from the newest before a number. */
export function renderRuns(facts: Facts, before = Infinity): Page {
  const older = facts.trail.runs.filter(({ run }) => run < before);
  const shown = older.slice(0, runsOnPage);
  const next = older.length > shown.length ? shown.at(-1)?.run : undefined;
  const main = html`<h1>Runs</h1>
    ${shown.length === 0 ? html`<p>No run yet. Push a commit.</p>` : runTable(shown, facts)}
    ${next !== undefined && html`<p><a href="/runs?before=${next}">Older runs</a></p>`}`;
  return { title: "Runs", part: "/runs", main };
}

/** Runs as a table: what, how long each stage took, how it ended. */
export function runTable(runs: readonly RunFacts[], { now, pulse: { isOn } }: Facts): Markup {
  const newest = runs[0]?.run;
  const rows = runs.map((run) => {
    const seconds = secondsOf(run);
    return html`<tr data-key="run-${run.run}">
      <th scope="row">${runLink(run.run)}</th>
      <td>
        ${what(run)}
        <span class="sub"
          >${ago(run.time, now)} by
          ${said(run.actor ?? run.by)}${seconds !== undefined && `, took ${formatSeconds(seconds)}`}${covered(run)}</span
        >
        ${stageBar(run)}
      </td>
      <td class="end">${endMark(run, isOn && run.run === newest)}</td>
    </tr>`;
  });
  return table({
    caption: "Runs, newest first",
    kind: "runs",
    heads: ["Run", "What, and how long each stage took", "End"],
    rows,
  });
}

function what(run: RunFacts): Markup {
  switch (run.kind) {
    case "run":
      return html`${releaseLink(run.tag)} ${said(run.subject)}`;
    case "sync":
      return html`Sync to ${releaseLink(run.tag)} ${said(run.subject)}`;
    case "rollback":
      return html`Rollback to ${releaseLink(run.tag)}: ${said(run.subject)}`;
  }
}

function covered({ covers }: RunFacts): Markup | false {
  return (
    covers.length > 0 &&
    html`; covers
    ${joined(
      covers.map((commit) => html`<code>${tagOf(commit)}</code>`),
      ", ",
    )}`
  );
}

/** One run's page. */
export function renderRun(facts: Facts, run: RunFacts, lines: readonly LogLine[]): Page {
  const isLive = facts.pulse.isOn && run.run === facts.trail.runs[0]?.run && run.endTime === undefined;
  const seconds = secondsOf(run);
  const name = nameOfRun(run);
  const main = html`<h1>${name.replace(/^./, (first) => first.toUpperCase())}</h1>
    <p class="lead">${what(run)}</p>
    <dl class="facts">
      <div>
        <dt>End</dt>
        <dd>${endMark(run, isLive)}</dd>
      </div>
      <div>
        <dt>Began</dt>
        <dd>${moment(run.time)}</dd>
      </div>
      ${
        seconds !== undefined &&
        html`<div>
          <dt>Took</dt>
          <dd>${formatSeconds(seconds)}</dd>
        </div>`
      }
      <div>
        <dt>By</dt>
        <dd>${said(run.by)}${run.actor !== undefined && html`, for ${said(run.actor)}`}</dd>
      </div>
      ${
        run.trigger !== undefined &&
        html`<div>
          <dt>Started by</dt>
          <dd>${run.trigger}</dd>
        </div>`
      }
      ${
        run.commit !== undefined &&
        html`<div>
          <dt>Commit</dt>
          <dd><code>${run.commit}</code></dd>
        </div>`
      }
      ${
        run.covers.length > 0 &&
        html`<div>
          <dt>Covers</dt>
          <dd>
            ${joined(
              run.covers.map((commit) => html`<code>${commit}</code>`),
              ", ",
            )}
          </dd>
        </div>`
      }
    </dl>
    ${run.refused !== undefined && html`<p class="warning">Refused by ${run.refused.stage}: ${said(run.refused.why)}</p>`}
    ${run.brokeOff !== undefined && html`<p class="warning">It broke off: ${said(run.brokeOff)}</p>`}
    ${run.endTime === undefined && !isLive && html`<p class="warning">It has no end, and nobody is at work on it: it was killed. The next run mends what it left.</p>`}
    ${stages(run)}
    <section aria-labelledby="log">
      <h2 id="log">Log</h2>
      ${isLive && renderTransfers(facts.pulse.transfers)}
      ${lines.length === 0 ? html`<p>There is no log of it on this machine.</p>` : renderLog(lines)}
    </section>
    ${outcomes(run)} ${inTrail(facts, run)}`;
  return { title: name, part: "/runs", main };
}

function stages(run: RunFacts): Markup | false {
  const bar = stageBar(run);
  return (
    bar !== undefined &&
    html`<section aria-labelledby="stages">
      <h2 id="stages">Stages</h2>
      ${bar}
    </section>`
  );
}

function outcomes({ targets, moves }: RunFacts): Markup | false {
  const found = Object.entries(targets) as [TargetId, TargetOutcome][];
  const rows = found.map(([target, outcome]) => {
    const move = moves.find((each) => each.target === target);
    return html`<tr>
      <th scope="row">${target}</th>
      <td>${stateMark(outcome.state)}</td>
      <td>
        ${move !== undefined && html`${releaseLink(move.from)} → `}${releaseLink(outcome.tag)}${
          outcome.state !== "current" && html`<span class="why">${said(outcome.why)}</span>`
        }${
          outcome.state === "failed" &&
          outcome.serves !== undefined &&
          html`<span class="why">It serves ${releaseLink(outcome.serves)}.</span>`
        }
      </td>
    </tr>`;
  });
  return (
    found.length > 0 &&
    html`<section aria-labelledby="targets">
      <h2 id="targets">How it ended on each target</h2>
      ${table({ caption: "Targets", heads: ["Target", "State", "Release"], rows })}
    </section>`
  );
}

function inTrail({ trail: { entries } }: Facts, { run }: RunFacts): Markup {
  const items = ofRun(entries, run).map(
    ({ number, time, body }) =>
      html`<tr>
        <th scope="row">${number}</th>
        <td>${moment(time)}</td>
        <td><span class="sub">${body.type}</span> ${said(sentenceOf(body))}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="trail">
    <h2 id="trail">In the trail</h2>
    <details>
      <summary>${items.length} entries</summary>
      ${table({ caption: "Entries", kind: "entries", heads: ["Entry", "When", "What it says"], rows: items })}
    </details>
  </section>`;
}
