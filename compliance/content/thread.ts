/** The thread's side of the pool: it answers one question after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { type Question, answer } from "./pool";

const known = workerData as ReadonlySet<string>;

parentPort?.on("message", (question: Question) => {
  answer(question, known).then(
    (said) => parentPort?.postMessage(said),
    (error: unknown) => {
      // Thrown outside of the promise, it ends the thread, and the pool is told.
      setImmediate(() => {
        throw error;
      });
    },
  );
});
