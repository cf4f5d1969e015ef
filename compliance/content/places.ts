/** Lines and columns of a text. */

/** A place as editors count it: both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Tells the place of an offset. Quick for offsets that ascend. */
export function placesIn(text: string): (offset: number) => Place {
  let line = 1;
  let lineStart = 0;
  let lineEnd = text.indexOf("\n");
  return (offset) => {
    if (offset < lineStart) {
      line = 1;
      lineStart = 0;
      lineEnd = text.indexOf("\n");
    }
    while (lineEnd !== -1 && lineEnd < offset) {
      line += 1;
      lineStart = lineEnd + 1;
      lineEnd = text.indexOf("\n", lineStart);
    }
    return { line, column: offset - lineStart + 1 };
  };
}
