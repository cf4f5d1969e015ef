/** A trail of many entries, signed as any, but written without waiting for the disk. */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { digestOfFile, fileNameOf } from "../../../core/chain";
import { keyIdOf, seal, type Signer } from "../../../core/dsse";
import { type Body, noPrevious } from "../../../core/entry";
import { statementOf } from "../../../core/statement";
import { entriesFolderOf } from "../../../store/trail-files";

/** Signs with the private key in a file. */
export function signerOf(file: string): Signer {
  const key: KeyObject = createPrivateKey(fs.readFileSync(file));
  return { keyId: keyIdOf(key), sign: (bytes) => sign(null, bytes, key) };
}

/** The file's text of one entry. */
export function entryText(number: number, previous: string, body: Body, signer: Signer): string {
  const entry = { number, previous, time: "2026-03-01T12:00:00.000Z", by: "ci@build", body };
  return seal(JSON.stringify(statementOf(entry)), signer);
}

/** Writes entries, each by the signer of its place. Returns their texts. */
export function writeTrail(
  folder: string,
  bodies: readonly Body[],
  signer: (number: number) => Signer,
): string[] {
  fs.mkdirSync(entriesFolderOf(folder), { recursive: true });
  let previous = noPrevious;
  return bodies.map((body, index) => {
    const text = entryText(index + 1, previous, body, signer(index + 1));
    fs.writeFileSync(path.join(entriesFolderOf(folder), fileNameOf(index + 1)), text);
    previous = digestOfFile(text);
    return text;
  });
}

/** Bodies as a pipeline writes them, run after run. */
export function manyBodies(count: number): Body[] {
  return Array.from({ length: count }, (_, index): Body => {
    const run = Math.floor(index / 10) + 1;
    const tag = run.toString(16).padStart(7, "0");
    switch (index % 10) {
      case 0:
        return {
          type: "run-started",
          run,
          commit: tag.repeat(6).slice(0, 40),
          subject: "Rule",
          trigger: "push",
        };
      case 9:
        return {
          type: "run-finished",
          run,
          exitCode: 0,
          targets: {},
          stages: { compliance: 2.5, update: 9 },
        };
      default:
        return index % 2 === 0
          ? { type: "desired", target: "onprem/anchorage", tag, cause: "run", run }
          : {
              type: "receipt",
              target: "onprem/anchorage",
              tag,
              receipt: {
                kind: "runs",
                image: `sha256:${tag.repeat(10).slice(0, 64)}`,
                health: "healthy",
                since: "2026-03-01T12:00:00Z",
                units: ["flood-formula-1"],
              },
            };
    }
  });
}
