/** The form that asks for a rollback, the plan that is to be confirmed, and the form that asks for the token. */
import type { TargetId } from "../../core/entry";
import { describeLifted } from "../../core/clearance";
import { describePlanned, describeSeconds, type PlannedTarget } from "../../pipeline/planned";
import type { RollbackPlan } from "../../pipeline/rollback-plan";
import type { Facts } from "./facts";
import { html, type Markup } from "./html";
import type { Page } from "./page";
import { releaseLink, said, table } from "./pieces";

/** What is asked for: the fields of the form. */
export interface Wish {
  /** The release that is put back. @default empty: the one before */
  readonly to: string;
  /** `STACK` or `STACK/NAME`. @default empty: every target */
  readonly target: string;
  readonly reason: string;
  /** Who asks. @default empty: nobody says */
  readonly who: string;
}

const nothingWished: Wish = { to: "", target: "", reason: "", who: "" };

/** The form. @param fault what was wrong with what was sent */
export function renderWish(facts: Facts, wish: Wish = nothingWished, fault?: string): Page {
  const { standings, trail } = facts;
  const stacks = [...new Set(standings.map(({ target }) => target.split("/")[0] ?? ""))];
  const option = (value: string, text: string, chosen: string): Markup =>
    html`<option value="${value}" ${value === chosen && html` selected`}>${text}</option>`;
  const targets = [
    option("", "Every target", wish.target),
    ...stacks.map((stack) => option(stack, `All of ${stack}`, wish.target)),
    ...standings.map(({ target }) => option(target, target, wish.target)),
  ];
  const releases = [
    option("", "The one before", wish.to),
    ...trail.releases.map(({ tag, subject, quarantined }) =>
      option(tag, `${tag} ${subject}${quarantined === undefined ? "" : " (rolled back)"}`, wish.to),
    ),
  ];
  const main = html`<h1>Roll back</h1>
    <p class="lead">
      A release that was shipped before is put back: nothing is built, and nothing travels where a target kept
      it. You see the plan before anything is touched.
    </p>
    ${fault !== undefined && html`<p class="warning" role="alert" id="fault">${said(fault)}</p>`}
    <form method="post" action="/rollback/plan" class="wish">
      <p>
        <label for="target">What is rolled back</label
        ><select id="target" name="target">
          ${targets}
        </select>
      </p>
      <p>
        <label for="to">To which release</label
        ><select id="to" name="to">
          ${releases}
        </select>
      </p>
      <p>
        <label for="reason">Why, for the trail</label
        ><input
          id="reason"
          name="reason"
          required
          maxlength="500"
          value="${wish.reason}"
          autocomplete="off"
        />
      </p>
      <p>
        <label for="who">Who asks, for the trail <span class="sub">may stay empty</span></label
        ><input id="who" name="who" maxlength="100" value="${wish.who}" autocomplete="name" />
      </p>
      <p><button type="submit">Show the plan</button></p>
    </form>
    <form method="post" action="/logout" class="plain">
      <p><button type="submit" class="quiet">Log out</button></p>
    </form>`;
  return { title: "Roll back", part: "/rollback", main, isLive: false };
}

/** The plan. @param seen the number of the newest entry that the plan knows of */
export function renderPlan(facts: Facts, wish: Wish, plan: RollbackPlan, seen: number): Page {
  const rows = (Object.entries(plan.targets) as [TargetId, PlannedTarget][]).map(([id, target]) => {
    const move = plan.moves[id];
    return html`<tr>
      <th scope="row">${id}</th>
      <td>${move !== undefined && html`${move.from} → ${releaseLink(move.to)}`}</td>
      <td>
        <span class="state ${target.answers === "ready" ? "current" : "failed"}">${target.answers}</span
        >${target.why !== undefined && html`<span class="why">${said(target.why)}</span>`}
      </td>
      <td>${describePlanned(target)}</td>
    </tr>`;
  });
  const hidden = Object.entries({ ...wish, seen: String(seen) }).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  const confirm = html`<form method="post" action="/rollback" class="wish">
    ${hidden}
    <p><button type="submit" class="danger">Roll back now</button> <a href="/rollback">Don't</a></p>
  </form>`;
  const main = html`<h1>Roll back to ${wish.to}?</h1>
    <p class="lead">Why: ${said(wish.reason)}</p>
    ${plan.refused !== undefined && html`<p class="warning" role="alert">It would be refused by ${plan.refused.stage}: ${said(plan.refused.why)}</p>`}
    <div class="wide" role="region" aria-label="The plan" tabindex="0">
      ${table({ caption: "The plan", isCaptionShown: true, kind: "plan", heads: ["Target", "From, to", "It answers", "What travels"], rows })}
    </div>
    ${plan.seconds !== undefined && html`<p>${describeSeconds(plan.seconds)}</p>`}
    ${plan.lifts !== undefined && html`<p>${said(describeLifted(plan.lifts))}</p>`}
    ${wish.target === "" && html`<p>What is left everywhere is quarantined: no push and no hourly run brings it back.</p>`}
    ${plan.refused === undefined ? confirm : html`<p><a href="/rollback">Back to the form</a></p>`}`;
  return { title: `Roll back to ${wish.to}?`, part: "/rollback", main, isLive: false };
}

/** The form that asks for the token. */
export function renderLogin(fault?: string): Page {
  const main = html`<h1>Log in to roll back</h1>
    ${fault !== undefined && html`<p class="warning" role="alert">${said(fault)}</p>`}
    <form method="post" action="/login" class="wish">
      <p>
        <label for="token">The token of this server</label
        ><input id="token" name="token" type="password" required autocomplete="current-password" />
      </p>
      <p><button type="submit">Log in</button></p>
    </form>`;
  return { title: "Log in", part: "/rollback", main, isLive: false };
}
