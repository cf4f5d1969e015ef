/** What becomes of a verb whose reader has gone, as in `hms audit show | head -1`. */

/**
 * Lets work go on when nobody reads any more what is printed: a run that is piped to a viewer is not to break off where the viewer is
 * closed. What would have been printed is lost, and the exit code is that of the work.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") {
        throw error;
      }
    });
  }
}

/** For a verb that does nothing but print, and would go on for long. */
export function endWithReader(): void {
  process.stdout.once("error", () => process.exit(0));
}
