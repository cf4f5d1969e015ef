/** The log of a run, as it comes. */
import { formatElapsed } from "../../core/format";
import { describeProgress, percent, type Progress } from "../../core/transfer";
import type { LogLine } from "../../store/run-log";
import { html, type Markup } from "./html";
import { said } from "./pieces";

/**
 * The lines, timed. Screen readers hear those that come.
 *
 * @param last how many of them, from the end @default all
 */
export function renderLog(lines: readonly LogLine[], last = lines.length): Markup {
  const first = Math.max(0, lines.length - last);
  const items = lines.slice(first).map(
    ({ at, sign, text }, index) =>
      html`<li data-key="${first + index}">
        <span class="at">${formatElapsed(at)}</span> <span class="sign" aria-hidden="true">${sign}</span>
        <span class="text">${said(text)}</span>
      </li>`,
  );
  return html`<div class="log" role="log" aria-label="Log">
    <ol>
      ${items}
    </ol>
  </div>`;
}

/** How far each transfer is. */
export function renderTransfers(transfers: ReadonlyMap<string, Progress>): Markup | undefined {
  const items = [...transfers].map(
    ([target, progress]) =>
      html`<li data-key="${target}">
        <span class="name">${target}</span>
        <progress max="100" value="${percent(progress)}" aria-label="${target}"></progress>
        <span class="far">${describeProgress(progress)}</span>
      </li>`,
  );
  return items.length === 0
    ? undefined
    : html`<ul class="transfers" aria-label="Transfers">
        ${items}
      </ul>`;
}
