/** A labelled corpus: documents, and where personal data stands in them. The same on every machine, by its seed. */
import { docxOf, gzipOf, pdfOf, zipOf } from "../content/archives";
import { type Template, forms } from "./forms";
import { lookalikes } from "./lookalikes";
import { harmless, prose } from "./prose";
import { type Random, randomOf } from "./random";
import { values } from "./values";

/** Where a finding is to be. */
export interface Label {
  readonly line: number;
  /** Unknown in documents whose text is taken out of them. */
  readonly column?: number;
  readonly rule: string;
}

/** A file and its labels; `member` is where in it they are, for an archive. */
export interface Labelled {
  readonly file: string;
  readonly content: string | Buffer;
  readonly member: string;
  readonly labels: readonly Label[];
}

/** How often each document is written anew, with other values. */
const times = 8;

/** Every seventh text is packed. */
const packEach = 7;

/** The documents of a seed. */
export function corpus(
  seed = 20261123,
  templates: readonly Template[] = [...forms, ...prose, ...harmless],
): Labelled[] {
  const random = randomOf(seed);
  const documents = Array.from({ length: times }, (_, time) =>
    templates.map((template, place) => documentOf(`${place}-${time}`, template, random)),
  ).flat();
  return documents.map((document, place) => (place % packEach === 0 ? packed(document, random) : document));
}

function documentOf(name: string, [ending, template]: Template, random: Random): Labelled {
  const labels: Label[] = [];
  let content = "";
  let from = 0;
  for (const match of template.matchAll(/\{\{(~?)([\w-]+)(?::([\w]+))?\}\}/g)) {
    const [whole, isLookalike, kind = "", format = ""] = match;
    content += template.slice(from, match.index);
    from = match.index + whole.length;
    const make = isLookalike === "" ? values[kind]?.[format] : lookalikes[kind];
    if (make === undefined) throw new Error(`Nothing makes ${whole}.`);
    if (isLookalike === "") labels.push({ ...placeAtEnd(content), rule: kind });
    content += make(random);
  }
  return { file: `${name}.${ending}`, content: content + template.slice(from), member: "", labels };
}

function placeAtEnd(text: string): { line: number; column: number } {
  const lines = text.split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

function packed(document: Labelled, random: Random): Labelled {
  const { file, content, labels } = document;
  const text = content.toString();
  const lines = text.trimEnd().split("\n");
  const withoutColumns = labels.map(({ line, rule }) => ({ line, rule }));
  const isProse =
    file.endsWith(".txt") &&
    lines.every((line) => line.length < 90 && line !== "" && /^[\x20-\x7e]*$/.test(line));
  switch (random.int(0, isProse ? 4 : 2)) {
    case 0:
      return {
        ...document,
        file: `${file}.zip`,
        content: zipOf({ [`data/${file}`]: text }),
        member: `data/${file}`,
      };
    case 1:
      return { ...document, file: `${file}.gz`, content: gzipOf(text), member: file };
    case 2:
      return { ...document, content: Buffer.from(`\uFEFF${text}`, "utf16le") };
    case 3: {
      const xml = lines.map((line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;"));
      return {
        file: `${file}.docx`,
        content: docxOf(xml, []),
        member: "word/document.xml",
        labels: withoutColumns,
      };
    }
    default: {
      const escaped = lines.map((line) => line.replace(/[()\\]/g, "\\$&"));
      return { file: `${file}.pdf`, content: pdfOf(escaped), member: "", labels: withoutColumns };
    }
  }
}
