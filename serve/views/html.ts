/** HTML from templates in which every value is escaped. Whoever pushes a commit writes some of what is shown: its subject, file names. */

/** A piece of HTML that is safe to send: made by {@link html} alone. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

/** What a template may hold: pieces as they are, all else escaped; nothing for `undefined` and `false`. */
export type Value = Markup | string | number | undefined | false | readonly Value[];

/** A piece of HTML. Attributes stand in double quotes. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((text, string, index) => text + textOf(values[index - 1]) + string));
}

function textOf(value: Value): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(textOf).join("");
  return escape(String(value));
}

/** A text as it stands between tags, or in quotes. What a browser can't show, or would show as a change of direction, is spelled out. */
export function escape(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu, (character) =>
      character === "\n" || character === "\t" ? character : `\\u${hex(character)}`,
    )
    .replaceAll(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(4, "0");
