/** What must not ship in one file, and in the files that are in it. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import { findPiiInName, redactName } from "./pii";
import { Budget, type Limits } from "./readers/budget";
import { type Input, readAll } from "./readers/read";
import { type Stream, streamOf } from "./readers/stream";
import { type Part, margin } from "./readers/text";
import { type Found, findInText } from "./text";

/** A finding, and in which member of the file it is: nothing for the file itself. */
export interface FoundInFile extends Found {
  readonly member: string;
}

/** What a file holds; it does not say which file that is. */
export interface FileScan {
  readonly findings: readonly FoundInFile[];
  readonly skipped: readonly { readonly member: string; readonly why: string }[];
}

/** Looks at a file's bytes. */
export async function scanStream(input: Input, limits?: Limits): Promise<FileScan> {
  const findings: FoundInFile[] = [];
  const skipped: { member: string; why: string }[] = [];
  const named = new Set<string>();
  const told = (name: string): string => {
    if (name === "") return "";
    if (!named.has(name)) {
      named.add(name);
      for (const { rule, category, severity, sample, remedy } of findPiiInName(name)) {
        findings.push({
          line: 1,
          column: 1,
          rule,
          category,
          severity,
          sample,
          remedy,
          member: redactName(name),
        });
      }
    }
    return redactName(name);
  };
  const sink = {
    async part(name: string, part: Part) {
      const member = told(name);
      for (const found of await findInPart(part, name === "" ? input.file : name)) {
        if (isFirst(part) || !isRepeated(findings, found, member)) findings.push({ ...found, member });
      }
    },
    skip(name: string, why: string) {
      skipped.push({ member: told(name), why });
    },
  };
  await readAll(input, new Budget(limits), sink);
  return { findings, skipped };
}

const isFirst = ({ linesBefore, columnsBefore = 0 }: Part): boolean =>
  linesBefore === 0 && columnsBefore === 0;

async function findInPart(part: Part, file: string): Promise<Found[]> {
  const { text, linesBefore, columnsBefore = 0, goesOn = false, repeated } = part;
  const found = await findInText(text, file.slice(file.lastIndexOf("!") + 1));
  if (isFirst(part) && !goesOn) return found;
  const lastColumn = text.length - text.lastIndexOf("\n") - margin;
  const lastLine = goesOn ? text.split("\n").length : 0;
  const isCut = ({ line, column }: Found): boolean =>
    (columnsBefore > 0 && line === repeated + 1 && column <= margin) ||
    (line === lastLine && column > lastColumn);
  return found
    .filter((one) => one.line > repeated && !isCut(one))
    .map((finding) => ({
      ...finding,
      line: finding.line - repeated + linesBefore,
      column: finding.column + (finding.line === repeated + 1 ? columnsBefore : 0),
    }));
}

/** Parts of a long text overlap. */
const isRepeated = (
  findings: readonly FoundInFile[],
  { line, column, rule }: Found,
  member: string,
): boolean =>
  findings
    .slice(-2000)
    .some((one) => one.line === line && one.column === column && one.rule === rule && one.member === member);

/** A file of this size is read once; a larger one twice, for its digest and for what it holds. In bytes. */
const largestInMemory = 8 * 1024 ** 2;

/**
 * Looks at a file on disk.
 *
 * @param file its name in findings
 * @param known digests whose results are known already: nothing is looked for in such a file
 */
export async function scanFileAt(
  path: string,
  file: string,
  size: number,
  known?: ReadonlySet<string>,
): Promise<{ key: string; scan: FileScan | undefined }> {
  const base = file.slice(file.lastIndexOf("/") + 1);
  const hash = createHash("sha256").update(`${base}\0`);
  if (size <= largestInMemory) {
    const bytes = fs.readFileSync(path);
    const key = hash.update(bytes).digest("hex");
    if (known?.has(key) === true) return { key, scan: undefined };
    return { key, scan: await scanStream({ stream: streamOf(bytes), file, path }) };
  }
  for await (const piece of fs.createReadStream(path, { highWaterMark: 1024 ** 2 }) as Stream)
    hash.update(piece);
  const key = hash.digest("hex");
  if (known?.has(key) === true) return { key, scan: undefined };
  const stream = fs.createReadStream(path, { highWaterMark: 1024 ** 2 }) as Stream;
  return { key, scan: await scanStream({ stream, file, path }) };
}
