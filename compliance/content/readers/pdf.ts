/** The text of PDF documents. */
import type * as Unpdf from "unpdf";
import { messageOf } from "../../../core/errors";
import { Unreadable } from "./stream";

/** The text of a PDF, a page after the other. */
export async function pdfText(bytes: Buffer): Promise<string> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- few scans meet a PDF, and it takes long to load
  const { getDocumentProxy, extractText } = require("unpdf") as typeof Unpdf;
  try {
    // It takes the bytes for itself, so it is given a copy.
    const document = await getDocumentProxy(new Uint8Array(bytes), { verbosity: 0 });
    try {
      const { text } = await extractText(document, { mergePages: false });
      const all = text.join("\n");
      if (all.trim() === "") throw new Unreadable("a PDF without text, perhaps a scanned page: look at it");
      return all;
    } finally {
      await document.cleanup();
    }
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    const isLocked = /password/i.test(`${(error as Error).name} ${messageOf(error)}`);
    throw new Unreadable(isLocked ? "encrypted" : "a broken PDF");
  }
}
