/** Writes tar archives, as the engine takes them. */

/** A file, a folder or a link. */
export interface Entry {
  /** Its path, without a leading slash. */
  readonly name: string;
  /** Its permissions. */
  readonly mode: number;
  readonly modified: Date;
  /** The content of a file. */
  readonly content?: Buffer;
  /** What a link points to. */
  readonly target?: string;
}

const blockSize = 512;
const longestName = 100;

/** The kinds of entries; "L" and "K" carry a name and a target that the header has no room for. */
const kindOf = ({ content, target }: Entry): string => {
  if (target !== undefined) return "2";
  return content === undefined ? "5" : "0";
};

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

function header(
  name: string,
  mode: number,
  size: number,
  modified: number,
  kind: string,
  target: string,
): Buffer {
  const block = Buffer.alloc(blockSize);
  Buffer.from(name).copy(block, 0, 0, longestName);
  block.write(octal(mode, 8), 100);
  // Owner and group are root, as in every build by the docker command.
  block.write(octal(0, 8) + octal(0, 8), 108);
  block.write(octal(size, 12) + octal(modified, 12), 124);
  block.write(" ".repeat(8), 148);
  block.write(kind, 156);
  Buffer.from(target).copy(block, 157, 0, longestName);
  block.write("ustar  \0", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

const padded = (content: Buffer): Buffer[] => {
  const rest = content.length % blockSize;
  return rest === 0 ? [content] : [content, Buffer.alloc(blockSize - rest)];
};

const long = (kind: string, value: string): Buffer[] => {
  if (Buffer.byteLength(value) <= longestName) return [];
  const content = Buffer.from(`${value}\0`);
  return [header("././@LongLink", 0, content.length, 0, kind, ""), ...padded(content)];
};

/** The blocks of one entry. */
export function tarEntry(entry: Entry): Buffer[] {
  const { mode, modified, content = Buffer.alloc(0), target = "" } = entry;
  const name = kindOf(entry) === "5" ? `${entry.name}/` : entry.name;
  const seconds = Math.floor(modified.getTime() / 1000);
  return [
    ...long("K", target),
    ...long("L", name),
    header(name, mode, content.length, seconds, kindOf(entry), target),
    ...padded(content),
  ];
}

/** The blocks that end an archive. */
export const tarEnd = Buffer.alloc(2 * blockSize);

/** A whole archive. */
export const tarArchive = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([...entries.flatMap(tarEntry), tarEnd]);
