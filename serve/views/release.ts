/** The releases, and one release's page: what it is made of, what was checked, who signed it, and what targets said of it. */
import { all, newest } from "../../core/history";
import type { Release } from "../../core/release";
import { describe } from "../../core/receipt";
import { formatBytes } from "../../core/format";
import type { Report } from "../../core/report";
import type { ListedRelease } from "../../core/releases";
import type { Evidence } from "../evidence";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import type { Page } from "./page";
import { ago, formatSeconds, joined, moment, releaseLink, runLink, said, table } from "./pieces";

/** How many releases stand on one page. */
export const releasesOnPage = 50;

/**
 * The releases, from the newest on.
 *
 * @param before the tag of the one that they were built before @default the newest is among them
 */
export function renderReleases({ trail: { releases }, now }: Facts, before?: string): Page {
  const older = releases.slice(releases.findIndex(({ tag }) => tag === before) + 1);
  const shown = older.slice(0, releasesOnPage);
  const next = older.length > shown.length ? shown.at(-1)?.tag : undefined;
  const rows = shown.map(
    ({ tag, time, subject, targets, quarantined, run }) =>
      html`<tr data-key="${tag}">
        <th scope="row">${releaseLink(tag)}</th>
        <td>
          ${said(subject)}<span class="sub"
            >${ago(time, now)}${run !== undefined && html`, by run ${runLink(run)}`}</span
          >${
            quarantined !== undefined &&
            html`<span class="why">Rolled back from everywhere: ${said(quarantined)}</span>`
          }
        </td>
        <td>${targets.length === 0 ? "nobody" : joined(targets, ", ")}</td>
      </tr>`,
  );
  const list = table({
    caption: "Releases, newest first",
    kind: "releases",
    heads: ["Release", "What", "Said last to have it"],
    rows,
  });
  const main = html`<h1>Releases</h1>
    ${releases.length === 0 ? html`<p>There is no release yet. A run makes one.</p>` : list}
    ${next !== undefined && html`<p><a href="/releases?before=${encodeURIComponent(next)}">Older releases</a></p>`}`;
  return { title: "Releases", part: "/releases", main };
}

/** One release. */
export function renderRelease(
  facts: Facts,
  listed: ListedRelease,
  release: Release,
  evidence: Evidence,
): Page {
  const { tag, time, run, quarantined, targets } = listed;
  const started = newest(facts.trail.entries, "run-started", (body) => body.run === run)?.body;
  const covers = started?.covers ?? [];
  const main = html`<h1>Release <span class="tag">${tag}</span></h1>
    <p class="lead">${said(release.subject)}</p>
    ${quarantined !== undefined && html`<p class="warning">It was rolled back from everywhere, and does not ship again: ${said(quarantined)}</p>`}
    ${evidence.faults.map((fault) => html`<p class="warning">${said(fault)}</p>`)}
    <dl class="facts">
      <div>
        <dt>Made</dt>
        <dd>${moment(time)}${run !== undefined && html`, by run ${runLink(run)}`}</dd>
      </div>
      <div>
        <dt>Said last to have it</dt>
        <dd>${targets.length === 0 ? "nobody" : joined(targets, ", ")}</dd>
      </div>
      <div>
        <dt>${covers.length === 0 ? "Commit" : "Commits"}</dt>
        <dd>
          ${joined(
            [release.commit, ...covers].map((commit) => html`<code>${commit}</code>`),
            " ",
          )}
        </dd>
      </div>
      <div>
        <dt>Image</dt>
        <dd><code>${release.image}</code></dd>
      </div>
      <div>
        <dt>Bundle</dt>
        <dd><code>sha256:${release.bundle.sha256}</code>, ${formatBytes(release.bundle.size)}</dd>
      </div>
    </dl>
    ${report(evidence.report)} ${bills(tag, evidence)} ${signatures(tag, evidence)} ${receipts(facts, tag)}`;
  return { title: `Release ${tag}`, part: "/releases", main };
}

function report(found: Report | undefined): Markup {
  if (found === undefined) {
    return html`<section aria-labelledby="report">
      <h2 id="report">Compliance report</h2>
      <p>It is not beside the trail.</p>
    </section>`;
  }
  const { steps, findings, excepted = [], skipped, passed } = found;
  return html`<section aria-labelledby="report">
    <h2 id="report">Compliance report</h2>
    <p>
      <span class="state ${passed ? "current" : "failed"}">${passed ? "passed" : "did not pass"}</span>
      ${moment(found.finishedAt)}, ${steps.length} steps, ${findings.length} findings
    </p>
    ${table({
      caption: "Steps",
      heads: ["Step", "Verdict", "What it says"],
      rows: steps.map(
        ({ name, passed: isGood, summary, seconds, objections = [] }) =>
          html`<tr>
            <th scope="row">${name}</th>
            <td>
              <span class="state ${isGood ? "current" : "failed"}">${isGood ? "passed" : "failed"}</span>
            </td>
            <td>
              ${said(summary)} <span class="sub">${formatSeconds(seconds)}</span>${objections.map(
                ({ file, line, rule, message }) =>
                  html`<span class="why"
                    >${file !== undefined && html`<code>${file}${line !== undefined && `:${String(line)}`}</code> `}${rule}:
                    ${said(message)}</span
                  >`,
              )}
            </td>
          </tr>`,
      ),
    })}
    ${
      findings.length > 0 &&
      table({
        caption: "Findings",
        isCaptionShown: true,
        heads: ["Where", "Rule", "What to do"],
        rows: findings.map(
          ({ file, line, column, rule, severity, sample, remedy }) =>
            html`<tr>
              <th scope="row"><code>${file}:${line}:${column}</code></th>
              <td>${rule} <span class="sub">${severity}</span></td>
              <td><code>${sample}</code> ${said(remedy)}</td>
            </tr>`,
        ),
      })
    }
    ${
      excepted.length > 0 &&
      table({
        caption: "Let pass by an exception",
        isCaptionShown: true,
        heads: ["Where", "Rule", "Why, who, until when"],
        rows: excepted.map(
          ({ file, line, rule, reason, owner, expires }) =>
            html`<tr>
              <th scope="row"><code>${file}:${line}</code></th>
              <td>${rule}</td>
              <td>${said(reason)} <span class="sub">${said(owner)}, until ${expires}</span></td>
            </tr>`,
        ),
      })
    }
    ${
      skipped.length > 0 &&
      html`<p>
        ${skipped.length} files could not be read:
        ${joined(
          skipped.map(({ file }) => html`<code>${file}</code>`),
          ", ",
        )}
      </p>`
    }
  </section>`;
}

function bills(tag: string, { bills: found }: Evidence): Markup {
  const rows = found.map(
    ({ name, components, isThere }) =>
      html`<tr>
        <th scope="row">${isThere ? html`<a href="/releases/${tag}/${name}" download>${name}</a>` : name}</th>
        <td>${isThere ? html`${components} components` : "not beside the trail, or changed"}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="bills">
    <h2 id="bills">Bills of materials</h2>
    ${
      rows.length === 0
        ? html`<p>None is known.</p>`
        : table({ caption: "Bills of materials", heads: ["File (CycloneDX)", "Holds"], rows })
    }
  </section>`;
}

function signatures(tag: string, { signatures: found }: Evidence): Markup {
  const rows = found.map(
    ({ what, file, keyId, isGood }) =>
      html`<tr>
        <th scope="row">
          ${file === undefined ? what : html`<a href="/releases/${tag}/${file}" download>${what}</a>`}
        </th>
        <td><span class="state ${isGood ? "current" : "failed"}">${isGood ? "good" : "not good"}</span></td>
        <td>${keyId === undefined ? "no trusted key" : html`<code>${keyId}</code>`}</td>
      </tr>`,
  );
  return html`<section aria-labelledby="signatures">
    <h2 id="signatures">Signatures</h2>
    ${table({ caption: "Signatures", heads: ["Of what", "Checked now", "Key"], rows })}
  </section>`;
}

function receipts({ trail: { entries } }: Facts, tag: string): Markup {
  const found = all(entries, "receipt")
    .filter(({ body }) => body.tag === tag)
    .reverse();
  const rows = found.map(
    ({ number, time, body }) =>
      html`<tr data-key="${number}">
        <th scope="row">${body.target}</th>
        <td>${moment(body.saidAt ?? time)}</td>
        <td>
          ${describe(body.receipt)}${body.via !== undefined && ", by a medium"}
          <span class="sub"
            >entry ${number}${body.run !== undefined && html`, run ${runLink(body.run)}`}</span
          >
        </td>
      </tr>`,
  );
  return html`<section aria-labelledby="receipts">
    <h2 id="receipts">Receipts</h2>
    ${
      rows.length === 0
        ? html`<p>No target has said that it has it.</p>`
        : table({ caption: "Receipts", heads: ["Target", "When", "What it said"], rows })
    }
  </section>`;
}
