/** bcrypt, by the system's own `crypt(3)`: perl, which every Debian has, hands it the password from its input. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";

const alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The cost that the official plugin takes. */
const cost = "10";

/** Only the first 72 bytes of a password count. */
const longest = 72;

/** 22 characters of 6 bits hold 128 bits and 4 more, which must be zero: the last is one of four. */
function salt(): string {
  const characters = [...randomBytes(22)].map((byte) => alphabet.charAt(byte % 64));
  return [...characters.slice(0, 21), alphabet.charAt(((randomBytes(1)[0] ?? 0) % 4) * 16)].join("");
}

/** The bcrypt hash of a password: `$2a$10$…`. */
export function bcryptHash(password: string): Promise<string> {
  const script = "local $/; print crypt(<STDIN>, $ARGV[0])";
  return new Promise((resolve, reject) => {
    const perl = execFile("perl", ["-e", script, `$2a$${cost}$${salt()}`], (error, stdout) => {
      if (error) reject(new Error(`Could not hash the password: ${error.message}`));
      else resolve(stdout);
    });
    perl.stdin?.end(Buffer.from(password).subarray(0, longest));
  });
}
