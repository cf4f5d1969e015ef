/** Settings of a stack of partners' inboxes. */
import { z } from "zod";
import { defaultFileName, fileNameRule, isFileName } from "../drop-files";
import { count, file, hostKey, name, reference, settings, text } from "./common";

const url = "ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://";

/** The settings that depend on the URL's protocol. */
type ByProtocol = "password" | "privateKeyFile" | "hostKey" | "caFile" | "certificateSha256";

/**
 * Which of them don't fit the URL, and what is allowed. The component checks the like by itself, for programs that have no
 * settings.
 */
function misfits(
  partner: { readonly url: string } & Partial<Record<ByProtocol, unknown>>,
): (readonly [ByProtocol, string])[] {
  const protocol = new URL(partner.url).protocol.slice(0, -1);
  const isSftp = protocol === "sftp";
  const needed: [ByProtocol, boolean, string][] = [
    ["password", !isSftp, "a reference: { file: PATH } or { env: NAME }"],
    [
      "password",
      isSftp && partner.privateKeyFile === undefined,
      "a reference, unless privateKeyFile logs in",
    ],
    ["hostKey", isSftp, "an OpenSSH public key, or a reference: without one, the server could be anybody's"],
  ];
  const meant: [ByProtocol, string][] = [
    ["privateKeyFile", "sftp"],
    ["hostKey", "sftp"],
    ["caFile", "ftps"],
    ["certificateSha256", "ftps"],
  ];
  return [
    ...needed
      .filter(([key, isNeeded]) => isNeeded && partner[key] === undefined)
      .map(([key, , allowed]) => [key, allowed] as const),
    ...meant
      .filter(([key, wanted]) => partner[key] !== undefined && protocol !== wanted)
      .map(([key, wanted]) => [key, `nothing, as it is for ${wanted}://`] as const),
  ];
}

/** One of `hms:partners`. */
export const partnerSettings = settings({
  name,
  /** The inbox: its protocol, user, host and folder. */
  url: z
    .url({ protocol: /^(ftp|ftps|sftp)$/, error: url })
    .refine((value) => new URL(value).password === "", {
      error: `${url}, without a password: that goes into password`,
    })
    .refine((value) => new URL(value).username !== "", { error: url }),
  /** The user's password. @default none: SFTP with a private key */
  password: reference.optional(),
  /** Path of the private key that logs in by SFTP. @default none: a password */
  privateKeyFile: file.optional(),
  /** SFTP: the server's host key, pinned: an OpenSSH public key, or a file that holds one. */
  hostKey: hostKey.optional(),
  /** FTPS: path of the certificate authority's certificate. @default the machine's authorities */
  caFile: file.optional(),
  /** FTPS: SHA-256 of the server's certificate in hex, pinned: it then needs no authority. @default none */
  certificateSha256: text("a SHA-256 in hex")
    .regex(/^[0-9a-fA-F:]{64,95}$/, { error: "a SHA-256 in hex" })
    .optional(),
  /**
   * What the file in the inbox is: desired state that is put back when it is gone or changed (`mirror`), or something that
   * the partner takes away and does not get twice (`inbox`). @default mirror
   */
  meaning: z.enum(["mirror", "inbox"], { error: "mirror or inbox" }).default("mirror"),
  /** The name that the bundle has in the inbox; with `{tag}`, `{date}` or `{commit}`, one for each release. @default bundle.zip */
  fileName: text(fileNameRule).refine(isFileName, { error: fileNameRule }).default(defaultFileName),
  /** How many releases stay in the inbox, where each has a name of its own. @default 1: the last one */
  keep: count(1, 1000).default(1),
  /** Seconds to wait for the server to answer, for each try. @default 5 */
  dialTimeoutSeconds: count(1, 60).default(5),
  /** Seconds of silence after which a connection counts as broken. @default 15 */
  stallTimeoutSeconds: count(1, 600).default(15),
  /** How often to try before the partner is stale. @default 3 */
  tries: count(1, 10).default(3),
  /** Seconds between the first two tries; it doubles with each, and varies by half. @default 2 */
  retryDelaySeconds: count(1, 60).default(2),
  /** Whether the server is asked for the hash of what it stored, where it can tell. @default true */
  serverHash: z.boolean({ error: "true or false" }).default(true),
  /** Where it can't, files up to this size, in MiB, are read back to check their hash. @default 64 */
  readBackMiB: count(0, 10_000).default(64),
}).check(({ value, issues }) => {
  for (const [key, message] of misfits(value)) {
    issues.push({ code: "custom", input: value[key], path: [key], message });
  }
});

/** `hms:mappings`: the files that say what else partners get of a release, e.g. `mappings/partner/*.yml`. @default none */
export const mappings = text("a pattern of files, e.g. mappings/partner/*.yml").optional();

/** `hms:partners`, checked. */
export type PartnerSettings = z.infer<typeof partnerSettings>;
