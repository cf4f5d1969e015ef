/** Looks at files side by side: in threads of their own when there is much to read, else right here. */
import os from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { messageOf } from "../../core/errors";
import { type FileScan, scanFileAt } from "./file";
import type { Entry } from "./walk";

/** What a thread is asked. */
export interface Question {
  readonly path: string;
  readonly file: string;
  readonly size: number;
}

/** What it answers: no scan when the digest's results are known. */
export type Answer = { readonly key: string; readonly scan: FileScan | undefined } | { readonly why: string };

type Scanner = (entry: Entry) => Promise<Answer>;

/** Threads that look at files. */
export interface Pool {
  /** Does each piece of work with the next scanner that is free. */
  each<W>(work: readonly W[], run: (one: W, scan: Scanner) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Below so many bytes a thread takes longer to start than the work takes. */
const worthThreads = 3 * 1024 ** 2;
const mostThreads = 4;

/** Starts as many threads as are of use. */
export function startPool(files: number, bytes: number, known: ReadonlySet<string>, threads?: number): Pool {
  const most = threads ?? Math.min(mostThreads, os.availableParallelism());
  const count = bytes < worthThreads && threads === undefined ? 0 : Math.min(files, most);
  const workers = Array.from({ length: count }, () => startWorker(known));
  const scanners: readonly Scanner[] =
    count === 0
      ? [(entry) => answer({ path: entry.path, file: entry.file, size: entry.stat.size }, known)]
      : workers.map(({ scan }) => scan);
  return {
    async each(work, run) {
      const queue = work.values();
      await Promise.all(
        scanners.map(async (scan) => {
          for (const one of queue) await run(one, scan);
        }),
      );
    },
    async stop() {
      await Promise.all(workers.map(({ stop }) => stop()));
    },
  };
}

/** Looks at one file; what the disk says is an answer, too. */
export async function answer(
  { path: full, file, size }: Question,
  known: ReadonlySet<string>,
): Promise<Answer> {
  try {
    return await scanFileAt(full, file, size, known);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { why: messageOf(error).replace(/, .*/s, "") };
  }
}

function startWorker(known: ReadonlySet<string>): { scan: Scanner; stop: () => Promise<unknown> } {
  const worker = new Worker(path.join(__dirname, "worker.js"), { workerData: known, execArgv: [] });
  // A thread that is over by itself has failed: its question is answered by that.
  const failed = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => {
      reject(new Error("A thread of the scan ended before its work was done. Scan again."));
    });
  });
  failed.catch(() => undefined);
  return {
    scan: ({ path: full, file, stat }) => {
      const answered = new Promise<Answer>((resolve) => worker.once("message", resolve));
      worker.postMessage({ path: full, file, size: stat.size } satisfies Question);
      return Promise.race([answered, failed]);
    },
    stop: () => worker.terminate(),
  };
}
