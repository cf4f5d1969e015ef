/** The text of office documents: Word, Excel, PowerPoint (ECMA-376) and OpenDocument (ISO 26300), from their XML. */
import { decodeEntities } from "./entities";

/** Members of an office document that hold what people read, or wrote about it. */
const spoken =
  /^(?:word\/(?:document|header\d*|footer\d*|footnotes|endnotes|comments\w*)\.xml|ppt\/(?:slides|notesSlides|comments)\/[^/]+\.xml|xl\/(?:sharedStrings|comments\d*|worksheets\/[^/]+)\.xml|content\.xml|styles\.xml|meta\.xml|docProps\/[^/]+\.xml|[\w/]*_rels\/[^/]+\.rels|customXml\/item\d+\.xml)$/;

/** Whether a zip with these members is an office document. */
export const isOffice = (members: readonly string[]): boolean =>
  members.some((name) => /^(?:word\/document|xl\/workbook|ppt\/presentation)\.xml$/.test(name)) ||
  (members.includes("content.xml") && members.includes("META-INF/manifest.xml"));

/** Whether a member of an office document holds text. */
export const isSpoken = (member: string): boolean => spoken.test(member);

/** Excel's list of strings: its cells name them by number. */
export const sharedStrings = "xl/sharedStrings.xml";

/** The strings of Excel's list. */
export const stringsOf = (xml: string): string[] =>
  Array.from(xml.matchAll(/<si\b[^>]*?(?:\/>|>([^]*?)<\/si>)/g), ([, item = ""]) => plain(item));

/** The text of a member: a paragraph, or a row of a table, a line; cells are separated by tabs. */
export function officeText(member: string, xml: string, strings: readonly string[]): string {
  if (member.startsWith("xl/worksheets/")) return sheetText(xml, strings);
  const broken = xml
    .replace(/[\r\n]+/g, " ")
    .replace(/<(?:w|a):tab\b[^>]*>|<text:tab\b[^>]*>/g, "\t")
    .replace(/<text:(?:s|line-break)\b[^>]*>|<(?:w|a):br\b[^>]*>/g, " ")
    .replace(
      /(?:<\/(?:[wa]:p|text:p)>\s*)+(?:<\/a:txBody>\s*)?(?:<a:tcPr[^]*?(?:\/>|<\/a:tcPr>)\s*)?<\/(?:[wa]:tc|table:table-cell)>/g,
      "\t",
    )
    .replace(
      /<\/(?:[wa]:(?:p|tr)|text:(?:p|h)|table:table-row|si|comment|Relationship|dc:\w+|cp:\w+|\w+:\w+)>|<Relationship\b/g,
      (tag) =>
        /^<\/[wa]:(?:r|t|rPr|tc|pPr|tcPr)>$|^<\/(?:text:(?:span|a|s))>$/.test(tag)
          ? ""
          : tag === "<Relationship"
            ? "\n<"
            : "\n",
    )
    .replace(/\bTarget="(?:mailto:|tel:)([^"]*)"[^>]*>/g, ">$1");
  return plain(broken).replace(/\n{2,}/g, "\n");
}

/** A sheet's rows, with what its cells show. */
function sheetText(xml: string, strings: readonly string[]): string {
  return Array.from(xml.matchAll(/<row\b[^>]*?(?:\/>|>([^]*?)<\/row>)/g), ([, row = ""]) => {
    const cells: string[] = [];
    for (const [, attributes = "", content = ""] of row.matchAll(/<c\b([^>]*?)(?:\/>|>([^]*?)<\/c>)/g)) {
      const column = columnOf(/\br="([A-Z]+)\d+"/.exec(attributes)?.[1]);
      while (column !== undefined && cells.length < column) cells.push("");
      cells.push(cellText(attributes, content, strings));
    }
    return cells.join("\t");
  }).join("\n");
}

function cellText(attributes: string, content: string, strings: readonly string[]): string {
  const value = /<v\b[^>]*>([^<]*)<\/v>/.exec(content)?.[1];
  const isShared = /\bt="s"/.test(attributes);
  const text = isShared
    ? (strings[Number(value)] ?? "")
    : value === undefined
      ? plain(content)
      : plain(value);
  return text.replace(/[\t\r\n]+/g, " ");
}

/** `A` is 0, `AA` is 26; Excel has 16,384 columns. */
function columnOf(letters: string | undefined): number | undefined {
  if (letters === undefined || letters.length > 3) return undefined;
  return Array.from(letters).reduce((column, letter) => column * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

const plain = (xml: string): string => decodeEntities(xml.replace(/<[^>]*>/g, "")).text;
