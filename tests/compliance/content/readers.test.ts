import { afterEach, describe, expect, test } from "@jest/globals";
import { scanPaths } from "../../../compliance/content";
import { scanStream } from "../../../compliance/content/file";
import { Budget } from "../../../compliance/content/readers/budget";
import { streamOf } from "../../../compliance/content/readers/stream";
import { folderWith, remove } from "../folder";
import { card, ssn } from "../numbers";
import { docxOf, gzipOf, pdfOf, tarOf, xlsxOf, zipOf } from "./archives";

let folder = "";
afterEach(() => {
  remove(folder);
});

/** `file:line rule` of each finding, and what was skipped. */
async function scanned(
  files: Record<string, string | Uint8Array>,
): Promise<{ found: string[]; skipped: unknown[] }> {
  folder = folderWith(files);
  const { findings, skipped } = await scanPaths([folder], { workers: 0 });
  return { found: findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`), skipped };
}

describe("archives", () => {
  test("zip, tar, gzip, and one in the other", async () => {
    const inner = zipOf({ "deep/b.txt": `\n${ssn()}` });
    const { found, skipped } = await scanned({
      "a.zip": zipOf({ "x/a.csv": `ssn\n${ssn()}\n`, "inner.zip": inner }),
      "b.tar": await tarOf({ "./notes.txt": ssn(), "inner.zip": inner }),
      "c.tar.gz": gzipOf(await tarOf({ "c.txt": ssn(), "d.txt": card() })),
      "d.log.gz": gzipOf(`one\n${card()}`),
    });
    expect(found).toEqual([
      "a.zip!x/a.csv:2 us-ssn",
      "a.zip!inner.zip!deep/b.txt:2 us-ssn",
      "b.tar!notes.txt:1 us-ssn",
      "b.tar!inner.zip!deep/b.txt:2 us-ssn",
      "c.tar.gz!c.txt:1 us-ssn",
      "c.tar.gz!d.txt:1 payment-card",
      "d.log.gz!d.log:2 payment-card",
    ]);
    expect(skipped).toEqual([]);
  });

  test("a member's name is looked at, and told without what is in it", async () => {
    const { found } = await scanned({ "a.zip": zipOf({ [`${ssn()}.txt`]: "nothing" }) });
    expect(found).toEqual(["a.zip!***-**-****.txt:1 us-ssn"]);
  });

  test("four within each other are told, not read", async () => {
    let bytes = zipOf({ "a.txt": ssn() });
    for (let depth = 0; depth < 3; depth += 1) bytes = zipOf({ "in.zip": bytes });
    expect(await scanned({ "a.zip": bytes })).toEqual({
      found: [],
      skipped: [{ file: "a.zip!in.zip!in.zip!in.zip", why: "more than 3 archives within each other" }],
    });
  });

  test("a bomb does not go off", async () => {
    const limits = { bytes: 1e9, members: 20, free: 1024 ** 2 };
    const scan = (bytes: Buffer): Promise<unknown> =>
      scanStream({ stream: streamOf(bytes), file: "a" }, limits);
    const why = "unfolds to more than 250 times its size";
    const bomb = Buffer.alloc(2 * 1024 ** 2, "a");
    expect(await scan(gzipOf(bomb))).toMatchObject({ findings: [], skipped: [{ why }] });
    expect(await scan(zipOf({ "a.txt": bomb, "b.txt": ssn() }))).toMatchObject({
      findings: [{ member: "b.txt", rule: "us-ssn" }],
      skipped: [{ member: "a.txt", why }],
    });
    expect(await scan(gzipOf(bomb.subarray(0, limits.free)))).toEqual({ findings: [], skipped: [] });
  });

  test("16 MiB may have been packed however small, a byte more may not", async () => {
    const through = async (size: number): Promise<number> => {
      let count = 0;
      for await (const piece of new Budget().unpacked(streamOf(Buffer.alloc(size)), () => 1000))
        count += piece.length;
      return count;
    };
    expect(await through(16 * 1024 ** 2)).toBe(16 * 1024 ** 2);
    await expect(through(16 * 1024 ** 2 + 1)).rejects.toThrow("250 times");
  });

  test("what unfolds into too much, or too many, is given up as a whole", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, name) => [`${name}.txt`, "x".repeat(1000)]),
    );
    const scan = (bytes: Buffer, limits: { bytes: number; members: number }): Promise<unknown> =>
      scanStream({ stream: streamOf(bytes), file: "a" }, limits);
    expect(await scan(zipOf(files), { bytes: 1e9, members: 20 })).toEqual({
      findings: [],
      skipped: [{ member: "", why: "unfolds into more than 20 files" }],
    });
    expect(await scan(await tarOf(files), { bytes: 1e9, members: 20 })).toMatchObject({
      skipped: [{ member: "", why: "unfolds into more than 20 files" }],
    });
    const large = zipOf(Object.fromEntries(["a", "b", "c"].map((name) => [name, "x ".repeat(600_000)])));
    expect(await scan(large, { bytes: 2 * 1024 ** 2, members: 20 })).toEqual({
      findings: [],
      skipped: [{ member: "", why: "unfolds into more than 2 MiB" }],
    });
  });

  test("a path that leads out of an archive is told, and read all the same", async () => {
    const { found, skipped } = await scanned({ "a.tar": await tarOf({ "../../etc/cron.d/x": ssn() }) });
    expect(skipped).toEqual([{ file: "a.tar!../../etc/cron.d/x", why: "its path leads out of the archive" }]);
    expect(found).toEqual(["a.tar!../../etc/cron.d/x:1 us-ssn"]);
  });

  test("what is broken or encrypted is told", async () => {
    const zip = zipOf({ "a.txt": "text ".repeat(1000), "b.txt": ssn() });
    const locked = zipOf({ "a.txt": ssn() });
    // The flag "encrypted", in the member's own header and in the directory.
    for (const [mark, offset] of [
      ["504b0304", 6],
      ["504b0102", 8],
    ] as const) {
      const at = locked.indexOf(Buffer.from(mark, "hex")) + offset;
      locked.writeUInt16LE(locked.readUInt16LE(at) | 1, at);
    }
    const { found, skipped } = await scanned({
      "cut.gz": gzipOf("text ".repeat(10_000)).subarray(0, 40),
      "cut.tar": (await tarOf({ "a.txt": "x".repeat(5000) })).subarray(0, 2000),
      "cut.zip": zip.subarray(0, zip.length - 30),
      "locked.zip": locked,
    });
    expect(skipped).toEqual([
      { file: "cut.gz", why: "a broken gzip stream" },
      { file: "cut.tar!a.txt", why: "a broken tar" },
      { file: "cut.tar", why: "a broken tar" },
      { file: "cut.zip", why: "a broken zip" },
      { file: "locked.zip!a.txt", why: "encrypted" },
    ]);
    expect(found).toEqual([]);
  });
});

describe("documents", () => {
  test("Word: paragraphs, cells of a table under their header, and what is split between runs", async () => {
    const split = ssn().replace("-", "-</w:t></w:r><w:r><w:t>");
    const { found } = await scanned({
      "a.docx": docxOf(
        ["Nothing here", `It is ${split}`],
        [
          ["Case", "SSN"],
          ["17", ssn("")],
        ],
      ),
    });
    expect(found).toEqual(["a.docx!word/document.xml:2 us-ssn", "a.docx!word/document.xml:4 us-ssn"]);
  });

  test("Excel: shared strings and numbers, in their row and column", async () => {
    const { found } = await scanned({
      "a.xlsx": xlsxOf([
        ["Case", "SSN", "Order"],
        [1, Number(ssn("")), Number(ssn(""))],
        [2, ssn(), "none"],
      ]),
    });
    expect(found).toEqual([
      "a.xlsx!xl/worksheets/sheet1.xml:2 us-ssn",
      "a.xlsx!xl/worksheets/sheet1.xml:3 us-ssn",
    ]);
  });

  test("PDF", async () => {
    const { found, skipped } = await scanned({
      "a.pdf": pdfOf(["Report of the year", `SSN: ${ssn()}`]),
      "broken.pdf": "%PDF-1.7\nnothing",
      "empty.pdf": pdfOf([]),
    });
    expect(found).toEqual(["a.pdf:2 us-ssn"]);
    expect(skipped).toEqual([
      { file: "broken.pdf", why: "a broken PDF" },
      { file: "empty.pdf", why: "a PDF without text, perhaps a scanned page: look at it" },
    ]);
  }, 20_000);

  test("HTML's entities are read, and the place is that in the file", async () => {
    const written = ssn().replaceAll("-", "&#45;");
    folder = folderWith({ "a.html": `<p>caf&eacute; &amp; bar</p>\n<td>&nbsp;${written}</td>` });
    expect((await scanPaths([folder])).findings).toMatchObject([{ line: 2, column: 11, rule: "us-ssn" }]);
  });
});

test("a binary file is told for what it is", async () => {
  const zeros = Buffer.alloc(64);
  const { skipped } = await scanned({
    "a.png": Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), zeros]),
    "b.jpg": Buffer.concat([Buffer.from("ffd8ffe0", "hex"), zeros]),
    "c.woff2": Buffer.concat([Buffer.from("wOF2"), zeros]),
    d: Buffer.concat([Buffer.from("7f454c46", "hex"), zeros]),
    "e.7z": Buffer.concat([Buffer.from("377abcaf271c", "hex"), zeros]),
    "f.doc": Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), zeros]),
    "g.bin": zeros,
  });
  expect(skipped).toEqual([
    { file: "a.png", why: "binary: image/png" },
    { file: "b.jpg", why: "binary: image/jpeg" },
    { file: "c.woff2", why: "binary: font/woff2" },
    { file: "d", why: "binary: application/x-elf" },
    { file: "e.7z", why: "a 7z archive: use zip or tar.gz" },
    {
      file: "f.doc",
      why: "an old office document, or an encrypted one: save it in today's format, without a password",
    },
    { file: "g.bin", why: "binary" },
  ]);
});

test("a text with a stray zero in it is text", async () => {
  const { found, skipped } = await scanned({
    "a.csv": `ssn\n${ssn()}\0\n${"x,y,z\n".repeat(40)}`,
    "b.bin": Buffer.from([...Buffer.from(ssn()), 0, 1, 2, 0]),
  });
  expect(found).toEqual(["a.csv:2 us-ssn"]);
  expect(skipped).toEqual([{ file: "b.bin", why: "binary" }]);
});

test("UTF-16 without a mark is text", async () => {
  const text = Buffer.from(`name;ssn\n${"x".repeat(100)};${ssn()}\n`, "utf16le");
  const { found } = await scanned({ "a.csv": text, "b.csv": Buffer.from(text).swap16() });
  expect(found).toEqual(["a.csv:2 us-ssn", "b.csv:2 us-ssn"]);
});
