/** Quotes for a POSIX shell, and for rsync: the one place where words become a command line. */

/** One word, quoted so that a shell takes it as it is. Plain words stay plain. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line from an argv array. */
export function quote(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

/**
 * A command line for rsync's `-e`, which rsync takes apart itself: at spaces, with quotes, and a quote is doubled within its
 * like. A shell would read it otherwise.
 */
export function quoteForRsync(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`))
    .join(" ");
}
