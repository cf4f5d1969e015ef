/** The frame of every page: head, navigation, main part. */
import { ago } from "./pieces";
import type { Facts } from "./facts";
import { html, type Markup, type Value } from "./html";

/** What stands in a frame. */
export interface Page {
  /** What it is called, in the window's title. */
  readonly title: string;
  /** The path of its part in the navigation. */
  readonly part: "/" | "/runs" | "/releases" | "/timeline" | "/rollback" | "";
  readonly main: Value;
  /** Whether it changes as things happen. A page with a form does not: it would change under who fills it in. @default true */
  readonly isLive?: boolean;
}

const parts = [
  ["/", "Now"],
  ["/runs", "Runs"],
  ["/releases", "Releases"],
  ["/timeline", "Timeline"],
] as const;

/** A whole page. */
export function renderPage(facts: Facts, { title, part, main, isLive = true }: Page): string {
  const all = [...parts, ...(facts.takesRollbacks ? ([["/rollback", "Roll back"]] as const) : [])];
  const links = all.map(
    ([path, name]) =>
      html`<li><a href="${path}" ${path === part && html` aria-current="page"`}>${name}</a></li>`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · ${facts.service}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script type="module" src="/assets/page.js"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="service"><a href="/">${facts.service}</a></p>
          <nav aria-label="Parts">
            <ul>
              ${links}
            </ul>
          </nav>
          <p id="live" role="status"><noscript>Reload for news</noscript></p>
        </header>
        <main id="main" tabindex="-1" ${isLive && html` data-live`}>${warnings(facts)} ${main}</main>
        <footer>${asking(facts)} ${heart(facts)}</footer>
      </body>
    </html> `.text;
}

/** What whoever reads must know before they believe the rest. */
function warnings({ trail, asking: { why } }: Facts): Markup {
  const texts = [
    ...(trail.state === "unreadable"
      ? [
          "The trail can't be read, or is not what was written: nothing here is known to be true. hms audit verify says what is wrong.",
        ]
      : []),
    ...(trail.state === "reading" ? ["The trail is still being read: this is not all of it."] : []),
    ...(why === undefined
      ? []
      : [`The targets can't be asked: ${why} What is shown is what the trail says.`]),
  ];
  return html`${texts.map((text) => html`<p class="warning">${text}</p>`)}`;
}

function asking({ asking: { time, isOn, everySeconds }, now }: Facts): Markup {
  const limit = `every ${String(everySeconds)} s at most, while somebody looks`;
  if (time === undefined) {
    return isOn
      ? html`The targets are being asked for the first time.`
      : html`No target was asked yet; they are, ${limit}.`;
  }
  return html`Targets were asked ${ago(time, now)}${isOn && ", and are being asked again"}; ${limit}.`;
}

function heart({ pulse: { lastBeat }, now }: Facts): Markup {
  return lastBeat === undefined
    ? html`No agent has ever taken pushes here.`
    : html`The agent's heart beat ${ago(new Date(lastBeat).toISOString(), now)}.`;
}
