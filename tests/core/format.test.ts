import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { execa } from "execa";
import { formatAge, formatBytes, formatElapsed, formatTable } from "../../core/format";
import { quote, quoteWord } from "../../core/quote";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [5600, "5.6 KB"],
  [41_000, "41 KB"],
  [58_000_000, "58 MB"],
  [1_200_000_000, "1.2 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.4, "00:00"],
  [67.9, "01:07"],
  [3600, "60:00"],
])("%d seconds into a run are %s", (seconds, text) => {
  expect(formatElapsed(seconds)).toBe(text);
});

test.each([
  [-1, "0 s"],
  [59, "59 s"],
  [61, "1 min"],
  [7200, "2 h"],
  [200_000, "2 d"],
])("%d seconds ago are %s", (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});

test("a table's columns are aligned, without blanks at the ends", () => {
  expect(
    formatTable([
      ["A", "B"],
      ["long", ""],
      ["x", "y"],
    ]),
  ).toBe("A     B\nlong\nx     y");
});

describe("quoting for a shell", () => {
  test("leaves plain words as they are", () => {
    expect(quote(["ssh", "-p", "22", "deploy@10.0.0.1:/srv"])).toBe("ssh -p 22 deploy@10.0.0.1:/srv");
  });
  test("gives a shell back every word as it was", async () => {
    const words = fc.array(
      fc.string({ unit: "binary" }).filter((word) => !/[\0\ud800-\udfff]/.test(word)),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(words, async (argv) => {
        const { stdout } = await execa("sh", ["-c", `printf '%s\\0' ${quote(argv)}`], {
          stripFinalNewline: false,
        });
        expect(stdout.split("\0").slice(0, -1)).toEqual(argv);
      }),
      { numRuns: 40 },
    );
  });
  test("never leaves an empty word out", () => {
    expect(quoteWord("")).toBe("''");
  });
});
