/** Medicare beneficiary identifiers, by the positions that the Centers for Medicare & Medicaid Services define. */
import { type Detector, matches } from "./detector";

/** 1 to 9; a letter; either; a digit; a letter; either; a digit; two letters; two digits. S, L, O, I, B, Z are left out. */
const letter = "[AC-HJKMNP-RT-Y]";
const either = "[AC-HJKMNP-RT-Y0-9]";
const positions = `[1-9]${letter}${either}\\d(-?)${letter}${either}\\d\\1${letter}{2}\\d{2}`;
const upper = new RegExp(positions, "g");
const anyCase = new RegExp(positions, "gi");
const word = /\b(?:mbi|medicare|beneficiary|hicn?|cms)\b/;

/** The identifiers on the cards that CMS shows. */
const shown = /^1EG4TE5MK7[23]$/;

/** Medicare beneficiary identifiers. In small letters they take a word before them. */
export const usMbi: Detector = {
  rule: "us-mbi",
  severity: "high",
  remedy: "Take the Medicare number out of the commit; tests can use 1EG4-TE5-MK73.",
  find: (page) => {
    const named = page.lowered.includes("m") && word.test(page.lowered.replaceAll("_", " "));
    return matches(page.text, named ? anyCase : upper, (written, span) => {
      const identifier = written.replaceAll("-", "").toUpperCase();
      if (shown.test(identifier)) return false;
      if (page.isCalled(span, word)) return true;
      return written === written.toUpperCase() && !page.isOfOtherThing(span.start);
    });
  },
};
