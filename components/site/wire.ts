/** What has left this machine and arrived: as the kernel knows it, and not as a program believes that wrote into a buffer. */
import fs from "node:fs";

/**
 * The bytes that ssh has sent and the other side's kernel has acknowledged. ssh takes in megabytes that are not on the line yet, so
 * rsync alone would be ahead of the truth by a quarter of a minute on a thin line.
 *
 * @param ssh number of the process that has the connection
 * @returns undefined where it can't be known: no Linux, or no such process
 */
export function acknowledgedBytes(ssh: number): number | undefined {
  try {
    const process = `/proc/${String(ssh)}`;
    const written = /^wchar: (\d+)$/m.exec(fs.readFileSync(`${process}/io`, "utf8"))?.[1];
    return written === undefined ? undefined : Number(written) - queuedBytes(process);
  } catch {
    return undefined;
  }
}

/** What a process has written into its TCP connections and nobody has acknowledged. */
function queuedBytes(process: string): number {
  const own = new Set(
    fs
      .readdirSync(`${process}/fd`)
      .map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`${process}/fd/${fd}`))?.[1]),
  );
  return ["tcp", "tcp6"]
    .flatMap((table) => parseQueues(fs.readFileSync(`${process}/net/${table}`, "utf8")))
    .filter(({ inode }) => own.has(inode))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The send queues of /proc/net/tcp, by their sockets. */
export function parseQueues(table: string): { readonly inode: string; readonly bytes: number }[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length > 9)
    .map((fields) => ({ inode: fields[9] ?? "", bytes: parseInt(fields[4]?.split(":")[0] ?? "0", 16) }));
}

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return "";
  }
}
