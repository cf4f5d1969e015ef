/** Markup's and JSON's ways to write a character by its number: decoded, with the places that they had. */

/** A text, and where its characters stood before it was decoded. */
export interface Decoded {
  readonly text: string;
  /** The place in the written text of a place in the decoded one. */
  placeOf(offset: number): number;
}

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
  commat: "@",
  period: ".",
  hyphen: "-",
  dash: "-",
  ndash: "\u2013",
  mdash: "\u2014",
  lpar: "(",
  rpar: ")",
  plus: "+",
  shy: "",
  zwnj: "",
  num: "#",
  comma: ",",
  colon: ":",
  lowbar: "_",
};

const entity = /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]{2,6}));|\\u00([0-7][0-9a-fA-F])|%(40|2[bB])/g;

/** The text with its entities as the characters that they stand for. */
export function decodeEntities(written: string): Decoded {
  const cuts: { decoded: number; written: number }[] = [];
  let text = "";
  let from = 0;
  for (const match of written.matchAll(entity)) {
    const [whole, decimal, hex, name, unit, percent] = match;
    const character = name === undefined ? characterOf(decimal, hex ?? unit ?? percent) : named[name];
    if (character === undefined) continue;
    text += written.slice(from, match.index) + character;
    from = match.index + whole.length;
    cuts.push({ decoded: text.length, written: from });
  }
  text += written.slice(from);
  return { text, placeOf: (offset) => placeBy(cuts, offset) };
}

/** Line breaks and tabs keep their spelling: they would move lines. */
function characterOf(decimal: string | undefined, hex: string | undefined): string | undefined {
  const code = decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal);
  return code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    ? String.fromCodePoint(code)
    : undefined;
}

function placeBy(cuts: readonly { decoded: number; written: number }[], offset: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle]?.decoded ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const cut = cuts[low - 1];
  return cut === undefined ? offset : cut.written + (offset - cut.decoded);
}
