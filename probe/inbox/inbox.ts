/** A partner's inbox, over whatever protocol the partner speaks. */
import type { Readable, Writable } from "node:stream";
import type { Reference } from "../../core/config";
import { Refused } from "../../core/errors";

/** There is no such folder on the server: what should lie in it does not. */
export class NoFolder extends Refused {}

/** One folder on a partner's server, over an open connection. Each method throws Unreachable or Refused. */
export interface Inbox {
  /**
   * Writes a file; one of that name is overwritten in place.
   *
   * @param start how many bytes are there already, and stay: the body is what follows them @default 0
   */
  upload(body: Readable, name: string, start?: number): Promise<void>;
  /** A file's facts, or undefined when there is none. */
  stat(name: string): Promise<FileFacts | undefined>;
  /**
   * The SHA-256 of a file as the server finds it, in hex; undefined when it can't tell.
   *
   * @param size the file's, in bytes: the larger it is, the longer the server may take
   */
  hash(name: string, size: number): Promise<string | undefined>;
  /** Reads a file. */
  download(name: string, into: Writable): Promise<void>;
  /** Gives a file another name; where the server can, also when there is one of that name already. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. None of that name is fine. */
  remove(name: string): Promise<void>;
  /** The names of all files, also the hidden ones. */
  list(): Promise<string[]>;
  /** Ends the connection. Never fails. */
  close(): Promise<void>;
}

/** What a server says about a file. */
export interface FileFacts {
  /** Bytes. */
  readonly size: number;
  /** ISO 8601, UTC. @default none: the server does not say */
  readonly modified?: string;
}

/** A partner: where its inbox is, how to log in, and how the server proves who it is. */
export interface Partner {
  /** Its name in messages. */
  readonly name: string;
  /** `ftp://USER@HOST[:PORT]/FOLDER`, or the same with `ftps://` (explicit TLS; implicit on port 990) or `sftp://`. */
  readonly url: string;
  /** The user's password: a reference, or the text. @default none: SFTP with a private key */
  readonly password?: Reference | string;
  /** SFTP: path of the private key that logs in. @default none: a password */
  readonly privateKeyFile?: string;
  /** SFTP: the server's host keys, pinned: OpenSSH public keys, one a line, or a file that holds them. */
  readonly hostKey?: Reference | string;
  /** FTPS: path of the certificate authority's certificate. @default the machine's authorities */
  readonly caFile?: string;
  /** FTPS: SHA-256 of the server's certificate in hex, pinned: it then needs no authority. @default none */
  readonly certificateSha256?: string;
  /** Whether the folder is made when it is missing. @default false */
  readonly makesFolder?: boolean;
  /** Seconds to wait for the server to answer, for each try. @default 5 */
  readonly dialTimeoutSeconds?: number;
  /** Seconds of silence after which a connection counts as broken. @default 15 */
  readonly stallTimeoutSeconds?: number;
  /** How often to try before the partner is unreachable. @default 3 */
  readonly tries?: number;
  /** Seconds between the first two tries; it doubles with each, and varies by half. @default 2 */
  readonly retryDelaySeconds?: number;
}

/** The limits of a partner that names none. */
export const defaults = {
  dialTimeoutSeconds: 5,
  stallTimeoutSeconds: 15,
  tries: 3,
  retryDelaySeconds: 2,
} as const;

/** How one try connects: everything that a partner refers to has been read. */
export interface Access {
  readonly password?: string;
  readonly privateKey?: string;
  /** Pinned host keys: `TYPE BASE64`, as OpenSSH writes them. */
  readonly hostKeys: readonly string[];
  /** PEM. */
  readonly ca?: string;
  /** Lower-case hex. */
  readonly certificateSha256?: string;
  readonly makesFolder: boolean;
  readonly dialTimeoutSeconds: number;
  readonly stallTimeoutSeconds: number;
}
