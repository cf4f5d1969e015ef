/** What a file is, by its first bytes. */

/** How a file is to be read: as text, or by one of the readers, or not at all. */
export type Kind =
  | { readonly reader: "text"; readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "latin1" }
  | { readonly reader: "zip" | "gzip" | "zstd" | "tar" | "pdf" }
  | { readonly reader: "none"; readonly why: string };

/** A file of a kind that holds no text that we read: its first bytes in hex, where they stand, and what it is. */
const binaries: readonly (readonly [magic: string, offset: number, what: string])[] = [
  ["89504e470d0a1a0a", 0, "image/png"],
  ["ffd8ff", 0, "image/jpeg"],
  ["474946383761", 0, "image/gif"],
  ["474946383961", 0, "image/gif"],
  ["57454250", 8, "image/webp"],
  ["57415645", 8, "audio/wav"],
  ["00000100", 0, "image/x-icon"],
  ["49492a00", 0, "image/tiff"],
  ["4d4d002a", 0, "image/tiff"],
  ["774f4646", 0, "font/woff"],
  ["774f4632", 0, "font/woff2"],
  ["0001000000", 0, "font/ttf"],
  ["4f54544f", 0, "font/otf"],
  ["7f454c46", 0, "application/x-elf"],
  ["cafebabe", 0, "application/java-vm"],
  ["cffaedfe", 0, "application/x-mach-binary"],
  ["4d5a", 0, "application/vnd.microsoft.portable-executable"],
  ["0061736d", 0, "application/wasm"],
  ["66747970", 4, "video/mp4"],
  ["1a45dfa3", 0, "video/webm"],
  ["494433", 0, "audio/mpeg"],
  ["4f676753", 0, "audio/ogg"],
  ["664c6143", 0, "audio/flac"],
];

/** A file that does hold what could be read, by another program. */
const closed: readonly (readonly [magic: string, what: string])[] = [
  [
    "d0cf11e0a1b11ae1",
    "an old office document, or an encrypted one: save it in today's format, without a password",
  ],
  ["377abcaf271c", "a 7z archive: use zip or tar.gz"],
  ["526172211a07", "a rar archive: use zip or tar.gz"],
  ["fd377a585a00", "compressed with xz: use gzip"],
  ["425a68", "compressed with bzip2: use gzip"],
  ["53514c69746520666f726d6174203300", "an SQLite database: export it as SQL"],
  ["50415231", "a Parquet file: export it as CSV"],
];

/** What a file is. */
export function kindOf(head: Buffer): Kind {
  const hex = head.subarray(0, 32).toString("hex");
  if (/^504b(?:0304|0506|0708)/.test(hex)) return { reader: "zip" };
  if (hex.startsWith("1f8b08")) return { reader: "gzip" };
  if (hex.startsWith("28b52ffd")) return { reader: "zstd" };
  if (head.subarray(0, 1024).includes("%PDF-")) return { reader: "pdf" };
  if (isTar(head)) return { reader: "tar" };
  if (hex.startsWith("fffe") && !hex.startsWith("fffe0000")) return { reader: "text", encoding: "utf-16le" };
  if (hex.startsWith("feff")) return { reader: "text", encoding: "utf-16be" };
  const encoding = head.includes(0)
    ? (wideEncodingOf(head) ?? strayEncodingOf(head))
    : narrowEncodingOf(head);
  const none = closed.find(([magic]) => hex.startsWith(magic));
  if (none !== undefined && (encoding === undefined || none[0].length > 6))
    return { reader: "none", why: none[1] };
  // Text may begin with what looks like the mark of a binary file: "MZ", "ID3".
  const binary = binaries.find(([magic, offset]) => hex.startsWith(magic, 2 * offset));
  if (binary !== undefined && (encoding === undefined || binary[0].startsWith("ffd8"))) {
    return { reader: "none", why: `binary: ${binary[2]}` };
  }
  return encoding === undefined ? { reader: "none", why: "binary" } : { reader: "text", encoding };
}

/** A tar's header has its own checksum at byte 148; it covers old archives that have no "ustar", too. */
function isTar(head: Buffer): boolean {
  if (head.length < 512 || head[0] === 0) return false;
  const written = /^ *([0-7]{1,7})[ \0]/.exec(head.toString("latin1", 148, 156))?.[1];
  if (written === undefined) return false;
  let sum = 8 * 32;
  for (let at = 0; at < 512; at += 1) if (at < 148 || at >= 156) sum += head[at] ?? 0;
  return sum === parseInt(written, 8);
}

/** UTF-16 without a mark: text of Latin letters has a zero in every other byte. */
function wideEncodingOf(head: Buffer): "utf-16le" | "utf-16be" | undefined {
  const pairs = Math.floor(head.length / 2);
  if (pairs < 4) return undefined;
  const zeros = [0, 0];
  for (let at = 0; at < 2 * pairs; at += 1) if (head[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  if (odd > 0.7 * pairs && even < 0.05 * pairs) return "utf-16le";
  if (even > 0.7 * pairs && odd < 0.05 * pairs) return "utf-16be";
  return undefined;
}

/** A text with a stray zero in it is a text: whoever reads it as one sees what it holds. */
function strayEncodingOf(head: Buffer): "utf-8" | "latin1" | undefined {
  let controls = 0;
  for (const byte of head) if (byte < 32 && (byte < 9 || byte > 13)) controls += 1;
  return controls > head.length / 50 ? undefined : narrowEncodingOf(head);
}

/** UTF-8; else Latin-1, unless there are too many control characters for a text. */
function narrowEncodingOf(head: Buffer): "utf-8" | "latin1" | undefined {
  let controls = 0;
  for (const byte of head) if (byte < 32 && (byte < 8 || byte > 13) && byte !== 27) controls += 1;
  if (controls > head.length / 20) return undefined;
  try {
    // The last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return "utf-8";
  } catch {
    return "latin1";
  }
}
