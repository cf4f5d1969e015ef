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
  return (offset) => {
    if (offset < lineStart) {
      line = 1;
      lineStart = 0;
    }
    for (
      let next = text.indexOf("\n", lineStart);
      next !== -1 && next < offset;
      next = text.indexOf("\n", lineStart)
    ) {
      line += 1;
      lineStart = next + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}
