/**
 * SFTP's way to ask a server for a file's hash: the extension `check-file` (draft-ietf-secsh-filexfer-extensions), which
 * OpenSSH lacks, and ProFTPD, GoAnywhere and others have. The client library can't speak it, so it is spoken here, in a
 * channel of its own.
 */
import type { Client, ClientChannel } from "ssh2";

const packet = { init: 1, version: 2, extended: 200, extendedReply: 201 } as const;

/** How fast a server hashes at least, in bytes a second, and what it may take beyond that, in milliseconds. */
const patience = { bytesPerSecond: 10 * 2 ** 20, milliseconds: 15_000 } as const;

/** A packet is no longer than this, or the other end does not speak SFTP. */
const longestPacket = 256 * 1024;

/**
 * The SHA-256 of a file as the server finds it, in hex; undefined when it can't tell.
 *
 * @param size the file's, in bytes: the larger it is, the longer the server may take
 */
export async function askHash(ssh: Client, file: string, size: number): Promise<string | undefined> {
  const channel = await openChannel(ssh);
  if (channel === undefined) {
    return undefined;
  }
  const limit = setTimeout(
    () => channel.destroy(),
    patience.milliseconds + (size / patience.bytesPerSecond) * 1000,
  );
  try {
    channel.write(initPacket());
    for await (const answer of packetsOf(channel)) {
      // Not every server that has the extension says so in its first answer: ProFTPD does not.
      if (answer[0] === packet.version) {
        channel.write(checkFilePacket(file));
      } else {
        return answer[0] === packet.extendedReply ? sha256Of(answer) : undefined;
      }
    }
    return undefined;
  } finally {
    clearTimeout(limit);
    channel.close();
  }
}

/** A server may allow one channel alone. */
function openChannel(ssh: Client): Promise<ClientChannel | undefined> {
  return new Promise((resolve) => {
    ssh.subsys("sftp", (error, channel) => {
      resolve(error === undefined ? channel : undefined);
    });
  });
}

async function* packetsOf(channel: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  for await (const chunk of channel) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
      const end = 4 + rest.readUInt32BE();
      yield rest.subarray(4, end);
      rest = rest.subarray(end);
    }
    if (rest.length >= 4 && rest.readUInt32BE() > longestPacket) {
      return;
    }
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

const framed = (...parts: Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([uint32(bytes.length), bytes]);
};

/** The first packet: version 3, the one that everybody speaks. */
export function initPacket(): Buffer {
  return framed(Buffer.from([packet.init]), uint32(3));
}

/** Asks for the SHA-256 of a whole file, as one block. */
export function checkFilePacket(file: string): Buffer {
  const [start, length, block] = [Buffer.alloc(8), Buffer.alloc(8), uint32(0)];
  return framed(
    ...[Buffer.from([packet.extended]), uint32(1), text("check-file-name"), text(file)],
    ...[text("sha256"), start, length, block],
  );
}

/** The hash in an answer: type, id, `sha256`, 32 bytes; in an older draft, `check-file` before these. */
export function sha256Of(reply: Buffer): string | undefined {
  const names = reply.subarray(5, -32);
  return reply.length > 5 + 32 && stringsIn(names, 0).at(-1) === "sha256"
    ? reply.subarray(-32).toString("hex")
    : undefined;
}

function stringsIn(bytes: Buffer, from: number): string[] {
  const found: string[] = [];
  for (let at = from; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) {
      break;
    }
    found.push(bytes.toString("utf8", at + 4, end));
    at = end;
  }
  return found;
}
