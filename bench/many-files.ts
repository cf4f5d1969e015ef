/** Many files to scan: source, records and logs, of which few hold anything that is found. */
import fs from "node:fs";
import path from "node:path";
import { type Labelled, corpus } from "../tests/compliance/corpus";
import { harmless } from "../tests/compliance/corpus/prose";
import { randomOf } from "../tests/compliance/corpus/random";

const words =
  "return const value function await import export for each river gauge flood risk level rainfall threshold if else case record update service request response parse write read number string the of and to in is that with a be as by".split(
    " ",
  );

/** Every so manieth file holds one document with personal data. */
const leakEach = 50;

/** Writes files of about the same size. */
export function writeMany(folder: string, files: number, bytes: number): void {
  const random = randomOf(1);
  const documents = corpus(3, harmless).filter(isText);
  const leaks = corpus(4).filter(isText);
  const size = Math.round(bytes / files);
  for (let number = 0; number < files; number += 1) {
    const place = path.join(folder, String(number % 100));
    if (number < 100) fs.mkdirSync(place, { recursive: true });
    const pieces: string[] = number % leakEach === 0 ? [random.pick(leaks).content.toString()] : [];
    let length = pieces.join("").length;
    while (length < size) {
      const piece = random.int(0, 3) === 0 ? random.pick(documents).content.toString() : proseOf(random);
      pieces.push(piece.slice(0, Math.max(1, size - length)));
      length += Buffer.byteLength(pieces.at(-1) ?? "");
    }
    const ending = random.pick(["ts", "json", "csv", "log", "md", "sql", "xml", "py"]);
    fs.writeFileSync(path.join(place, `${number}.${ending}`), pieces.join("\n"));
  }
}

const isText = ({ content, file }: Labelled): boolean =>
  typeof content === "string" && !/\.(?:gz|zip)$/.test(file);

function proseOf(random: ReturnType<typeof randomOf>): string {
  const line = (): string =>
    `${" ".repeat(2 * random.int(0, 4))}${Array.from({ length: random.int(3, 12) }, () => random.pick(words)).join(" ")};`;
  return Array.from({ length: 12 }, line).join("\n");
}
