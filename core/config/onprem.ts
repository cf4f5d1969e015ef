/** Settings of a stack of on-prem sites. */
import type { z } from "zod";
import { count, file, hostKey, name, port, publishing, serving, settings, text } from "./common";

/** One of `hms:sites`. */
export const siteSettings = settings({
  name,
  /** The site's host name or address. */
  host: text("a host name or an address"),
  /** The site's SSH port. @default 22 */
  sshPort: port.default(22),
  /** Who logs in. */
  user: text("a user name"),
  /** Path of the private key that logs in. @default the SSH agent's keys */
  privateKeyFile: file.optional(),
  /** The site's host key, pinned: an OpenSSH public key, or a file that holds one. */
  hostKey,
  /** The folder on the site that is the product's own. @default /srv/hms */
  folder: text("an absolute path").startsWith("/", { error: "an absolute path" }).default("/srv/hms"),
  /** Seconds to wait for the site to answer, for each try. @default 5 */
  dialTimeoutSeconds: count(1, 60).default(5),
  /** How often to try before the site is stale. @default 3 */
  tries: count(1, 10).default(3),
  /** How many releases the site keeps, the one that serves among them: to those it goes back without a transfer. @default 3 */
  keep: count(2, 20).default(3),
  ...publishing,
  ...serving,
});

/** `hms:sites`, checked. */
export type SiteSettings = z.infer<typeof siteSettings>;
