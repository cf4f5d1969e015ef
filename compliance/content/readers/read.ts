/** Reads a file of any kind, and what is in it, down to the texts. */
import type { Budget } from "./budget";
import { kindOf } from "./kind";
import { isOffice, isSpoken, officeText, sharedStrings, stringsOf } from "./office";
import { pdfText } from "./pdf";
import { Spent, type Stream, Unreadable, collect, peek } from "./stream";
import { type Part, partsOf } from "./text";
import { decompressed, tarMembers } from "./unpack";
import { openZip } from "./zip";

/** Takes what is read. Names are paths in the file, such as `inner.zip!a.txt`; the file itself has none. */
export interface Sink {
  part(name: string, part: Part): Promise<void>;
  skip(name: string, why: string): void;
}

/** How many archives may lie within each other. */
const deepest = 3;

/** Bytes. What must be in memory as a whole is told when it is larger: a PDF, a zip within an archive. */
const largestWhole = 256 * 1024 ** 2;

interface Task {
  readonly name: string;
  /** Its name without the folders and archives that it is in. */
  readonly base: string;
  readonly depth: number;
  /** How many gzip streams it came out of; a file may be packed time and again. */
  readonly unpacked: number;
  /** Where the file lies, if it is no member of another. */
  readonly path?: string;
}

/** The file that is read. */
export interface Input {
  readonly stream: Stream;
  /** Its name. */
  readonly file: string;
  /** Where it lies on disk. @default it does not */
  readonly path?: string;
}

/** Reads a file. What can't be read is told to the sink; nothing is thrown but what the sink, or the disk, throws. */
export function readAll({ stream, file, path }: Input, budget: Budget, sink: Sink): Promise<void> {
  const base = file.slice(file.lastIndexOf("/") + 1);
  return read(
    stream,
    { name: "", base, depth: 0, unpacked: 0, ...(path !== undefined && { path }) },
    budget,
    sink,
  );
}

async function read(stream: Stream, task: Task, budget: Budget, sink: Sink): Promise<void> {
  try {
    const { head, all, close } = await peek(stream);
    const kind = kindOf(head);
    if (kind.reader === "text") {
      for await (const part of partsOf(all, kind.encoding)) await sink.part(task.name, part);
    } else if (kind.reader === "none") {
      await close();
      sink.skip(task.name, kind.why);
    } else if (kind.reader === "pdf") {
      const text = await pdfText(await collect(all, largestWhole));
      await sink.part(task.name, { text, linesBefore: 0, repeated: 0 });
    } else if (task.depth >= deepest || task.unpacked >= deepest) {
      await close();
      sink.skip(task.name, `more than ${deepest} archives within each other`);
    } else if (kind.reader === "tar") {
      await readTar(all, task, budget, sink);
    } else if (kind.reader === "zip") {
      if (task.path !== undefined) await close();
      await readZip(all, task, budget, sink);
    } else {
      await readPacked(decompressed(all, kind.reader, budget), task, budget, sink);
    }
  } catch (error) {
    if (!(error instanceof Unreadable) || (error instanceof Spent && task.depth > 0)) throw error;
    sink.skip(task.name, error.message);
  }
}

/** What is packed alone has the archive's name without its ending; a tar's members are the archive's own. */
async function readPacked(stream: Stream, task: Task, budget: Budget, sink: Sink): Promise<void> {
  const { head, all } = await peek(stream);
  const isTar = kindOf(head).reader === "tar";
  const base = task.base.replace(/\.(?:gz|gzip|zst|tgz)$/i, "");
  const name = isTar ? task.name : memberName(task, base);
  await read(all, { name, base, depth: task.depth, unpacked: task.unpacked + 1 }, budget, sink);
}

async function readTar(stream: Stream, task: Task, budget: Budget, sink: Sink): Promise<void> {
  for await (const { name, bytes } of tarMembers(stream)) {
    budget.countMember();
    await readMember(name, bytes, task, budget, sink);
  }
}

async function readZip(stream: Stream, task: Task, budget: Budget, sink: Sink): Promise<void> {
  const source = task.path ?? (await collect(stream, largestWhole));
  const { members, close } = await openZip(source, budget);
  try {
    const office = isOffice(members.map(({ name }) => name));
    let strings: readonly string[] = [];
    for (const member of office ? members.filter(({ name }) => isSpoken(name)) : members) {
      const path = memberName(task, member.name);
      if (member.encrypted) {
        sink.skip(path, "encrypted");
      } else if (!office) {
        await readMember(member.name, await opened(member.open, path, sink), task, budget, sink);
      } else if (member.name === sharedStrings) {
        strings = stringsOf((await collect(await member.open(), largestWhole)).toString());
      }
    }
    if (!office) return;
    for (const { name, open, encrypted } of members) {
      if (encrypted || !isSpoken(name) || name === sharedStrings) continue;
      const xml = (await collect(await open(), largestWhole)).toString();
      const text = officeText(name, xml, strings);
      await sink.part(memberName(task, name), { text, linesBefore: 0, repeated: 0 });
    }
  } finally {
    close();
  }
}

/** A member that can't be opened is told; the others are read. */
async function opened(open: () => Promise<Stream>, path: string, sink: Sink): Promise<Stream | undefined> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof Unreadable) || error instanceof Spent) throw error;
    sink.skip(path, error.message);
    return undefined;
  }
}

async function readMember(
  name: string,
  bytes: Stream | undefined,
  task: Task,
  budget: Budget,
  sink: Sink,
): Promise<void> {
  if (bytes === undefined) return;
  const path = memberName(task, name);
  // Nothing is unpacked to a disk here, but whoever unpacks it would write where it should not.
  if (/^\/|(?:^|\/)\.\.(?:\/|$)|\0/.test(name)) sink.skip(path, "its path leads out of the archive");
  const base = name.slice(name.lastIndexOf("/") + 1);
  await read(bytes, { name: path, base, depth: task.depth + 1, unpacked: 0 }, budget, sink);
}

const memberName = ({ name }: Task, member: string): string =>
  `${name === "" ? "" : `${name}!`}${member.replace(/^(?:\.\/)+/, "")}`;
