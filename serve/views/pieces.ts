/** Small pieces that all views are made of: times, states, names with links. */
import type { Standing } from "../../core/board";
import { formatAge } from "../../core/format";
import { endOf, type RunFacts } from "../../core/run-history";
import { html, type Markup, type Value } from "./html";

/** How long ago, kept fresh by the page's script; a reader without it has the time of the page. */
export function ago(time: string, now: number): Markup {
  return html`<time datetime="${time}" data-age>${formatAge(secondsBetween(time, now))}</time> ago`;
}

/** How long something has lasted. */
export function lasting(time: string, now: number): Markup {
  return html`<time datetime="${time}" data-age>${formatAge(secondsBetween(time, now))}</time>`;
}

const secondsBetween = (time: string, now: number): number => (now - Date.parse(time)) / 1000;

/** A time as it is written in the trail, to the second. */
export function moment(time: string): Markup {
  return html`<time datetime="${time}">${time.slice(0, 19).replace("T", " ")} UTC</time>`;
}

/** What people wrote: a subject, a reason. It keeps its own direction. */
export const said = (text: string): Markup => html`<bdi>${text}</bdi>`;

/** A release's tag, as a link to its page. */
export const releaseLink = (tag: string): Markup =>
  html`<a class="tag" href="/releases/${encodeURIComponent(tag)}">${tag}</a>`;

/** A run's number, as a link to its page. */
export const runLink = (run: number, text = `#${String(run)}`): Markup =>
  html`<a href="/runs/${run}">${text}</a>`;

/** A state by shape, colour and word. */
export function stateMark(state: Standing["state"]): Markup {
  return html`<span class="state ${state}">${state}</span>`;
}

/** How a run ended: by colour and words. */
export function endMark(run: RunFacts, isOn: boolean): Markup {
  const isLive = isOn && run.endTime === undefined;
  const words = isLive ? "running" : run.endTime === undefined ? "broke off" : endOf(run);
  const kind = isLive ? "updating" : run.exitCode === 0 ? "current" : run.exitCode === 3 ? "stale" : "failed";
  const code = run.exitCode === undefined ? undefined : html`<span class="code">exit ${run.exitCode}</span>`;
  return html`<span class="state ${kind}">${words}</span> ${code}`;
}

/** Seconds: `4.2 s`, `3 min 5 s`, each number on one line with its unit. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  const text =
    seconds < 60
      ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
      : `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return text.replaceAll(/(\d) /g, "$1\u00a0");
}

/** The seconds from a run's beginning to its end. */
export function secondsOf({ time, endTime }: Pick<RunFacts, "time" | "endTime">): number | undefined {
  return endTime === undefined ? undefined : (Date.parse(endTime) - Date.parse(time)) / 1000;
}

const stageOrder = ["compliance", "compare", "build", "preview", "update"];

/** The stages of a run in the order in which they come, with their seconds. */
export function stagesOf({ stages }: Pick<RunFacts, "stages">): [string, number][] {
  const place = (name: string): number => (stageOrder.indexOf(name) + 1 || stageOrder.length + 1) - 1;
  return Object.entries(stages).sort(([a], [b]) => place(a) - place(b));
}

/** How long each stage took: a bar, and the same in words. */
export function stageBar(run: Pick<RunFacts, "stages">): Markup | undefined {
  const stages = stagesOf(run);
  const total = stages.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (total === 0) {
    return undefined;
  }
  let from = 0;
  const parts = stages.map(([name, seconds]) => {
    const width = (seconds / total) * 100;
    const part = html`<rect
      class="stage ${stageOrder.includes(name) ? name : "other"}"
      x="${from.toFixed(2)}"
      width="${width.toFixed(2)}"
      height="4"
    />`;
    from += width;
    return part;
  });
  const words = stages.map(
    ([name, seconds]) =>
      html`<li>
        <span class="key ${stageOrder.includes(name) ? name : "other"}">${name}</span>
        ${formatSeconds(seconds)}
      </li>`,
  );
  return html`<svg class="stages" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      ${parts}
    </svg>
    <ul class="stages">
      ${words}
    </ul>`;
}

/** A list of pieces with something between. */
export function joined(values: readonly Value[], between: string): Value[] {
  return values.flatMap((value, index) => (index === 0 ? [value] : [between, value]));
}

/** What a table is made of. */
export interface Table {
  /** What it shows, for who can't see it at a glance. */
  readonly caption: string;
  /** Whether all see the caption: there is no heading that says it. @default false */
  readonly isCaptionShown?: boolean;
  /** The heads of its columns. */
  readonly heads: readonly string[];
  /** Its rows, each a `tr`. */
  readonly rows: Value;
  /** Its class in the style sheet. @default none */
  readonly kind?: string;
}

/** A table. */
export function table({ caption, isCaptionShown = false, heads, rows, kind }: Table): Markup {
  return html`<table${kind !== undefined && html` class="${kind}"`}>
    <caption${!isCaptionShown && html` class="unseen"`}>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${heads.map((head) => html`<th scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}
