/** Checks chain and signatures of a whole trail, on all cores. */
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { turnsBack } from "../../core/chain";
import { projectFolder } from "../../store/project";
import type { AuditPlace } from "./place";
import { checkSlice, type Fault, type Slice, type SliceFacts } from "./slice";

/** A trail with fewer entries is checked before a worker has started. */
const smallest = 2000;

/** What the chain's check found. */
export interface ChainFacts {
  /** The first bad entry. */
  readonly fault?: Fault;
  /** Digest of the last entry's file, where none is bad. */
  readonly digest: string;
  /** The ids of the keys that signed. */
  readonly signers: readonly string[];
  /** The blobs that entries name. */
  readonly stored: SliceFacts["stored"];
}

/** Checks every entry. @param onProgress is told how many entries were checked since it was told last */
export async function checkChain(
  place: AuditPlace,
  onProgress: (entries: number) => void,
  workers: number = os.availableParallelism(),
): Promise<ChainFacts> {
  if (place.names.length < smallest) {
    return together([checkSlice({ ...place, first: 1 }, onProgress)]);
  }
  const slices = slicesOf(place, workers);
  return together(await Promise.all(slices.map((slice) => checkInWorker(slice, onProgress))));
}

function slicesOf({ trail, names, keyring }: AuditPlace, count: number): Slice[] {
  const size = Math.ceil(names.length / count);
  return Array.from({ length: Math.ceil(names.length / size) }, (_, index) => ({
    trail,
    names: names.slice(index * size, (index + 1) * size),
    first: index * size + 1,
    keyring,
  }));
}

type Message = { readonly entries: number } | { readonly facts: SliceFacts };

function checkInWorker(slice: Slice, onProgress: (entries: number) => void): Promise<SliceFacts> {
  const worker = new Worker(path.join(projectFolder, "pipeline", "audit", "slice-worker.js"), {
    workerData: slice,
  });
  return new Promise((resolve, reject) => {
    worker.on("message", (message: Message) => {
      if ("facts" in message) {
        resolve(message.facts);
      } else {
        onProgress(message.entries);
      }
    });
    worker.on("error", reject);
    worker.on("exit", (code) => {
      // A worker that has answered is over as well: then this changes nothing.
      reject(new Error(`The check of the trail ended with ${String(code)}. Try again with HMS_DEBUG=1.`));
    });
  });
}

/** Several slices' facts as one: the first fault counts. */
function together(facts: readonly SliceFacts[]): ChainFacts {
  const used = new Set<string>();
  const turns: Fault[] = [];
  for (const { signers, rotations } of facts) {
    // Within a slice the chain itself has looked.
    const back = rotations.find(({ to }) => used.has(to));
    if (back !== undefined) {
      turns.push({ number: back.number, what: turnsBack(back.to) });
    }
    signers.forEach((keyId) => used.add(keyId));
  }
  return {
    fault: firstOf([...facts.map(({ fault }) => fault), ...turns]),
    digest: facts.at(-1)?.digest ?? "",
    signers: [...used],
    stored: facts.flatMap(({ stored }) => stored),
  };
}

/** The fault of the lowest number. */
export function firstOf(faults: readonly (Fault | undefined)[]): Fault | undefined {
  return faults
    .filter((fault) => fault !== undefined)
    .reduce<Fault | undefined>(
      (first, fault) => (first === undefined || fault.number < first.number ? fault : first),
      undefined,
    );
}
