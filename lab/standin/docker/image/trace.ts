/** BuildKit's account of a build, which comes as a protocol message within a message. */
import { BinaryReader } from "google-protobuf";

/** The fields of BuildKit's `StatusResponse` that tell something: steps by name, and what they write. */
const fieldOf = { step: 1, log: 3, name: 3, error: 7, message: 4 } as const;

function eachField(data: Uint8Array, visit: (field: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(data);
  while (reader.nextField()) {
    if (reader.isEndGroup()) break;
    if (!visit(reader.getFieldNumber(), reader)) reader.skipField();
  }
}

function stepLines(data: Uint8Array): string[] {
  const lines: string[] = [];
  eachField(data, (field, reader) => {
    if (field === fieldOf.name) lines.push(reader.readString());
    else if (field === fieldOf.error) lines.push(`error: ${reader.readString()}`);
    else return false;
    return true;
  });
  return lines;
}

function logLines(data: Uint8Array): string[] {
  const lines: string[] = [];
  eachField(data, (field, reader) => {
    if (field !== fieldOf.message) return false;
    lines.push(...Buffer.from(reader.readBytes()).toString().split("\n"));
    return true;
  });
  return lines;
}

/**
 * What a piece of the account says.
 *
 * @param account in base64
 */
export function traceLines(account: string): string[] {
  const lines: string[] = [];
  eachField(Buffer.from(account, "base64"), (field, reader) => {
    if (field === fieldOf.step) lines.push(...stepLines(reader.readBytes()));
    else if (field === fieldOf.log) lines.push(...logLines(reader.readBytes()));
    else return false;
    return true;
  });
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}
