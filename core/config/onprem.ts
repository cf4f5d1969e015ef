/** Settings of a stack of on-prem sites. */
import { z } from "zod";
import { count, file, hostKey, name, port, publishing, serving, settings, text } from "./common";

/** One of `hms:sites`. */
export const siteSettings = settings({
  name,
  /** The site's host name or address. */
  host: text("a host name or an address").regex(/^[^\s[\]@/]+$/, {
    error: "a host name or an address, an IPv6 one without brackets",
  }),
  /** The site's SSH port. @default 22 */
  sshPort: port.default(22),
  /** Who logs in. */
  user: text("a user name"),
  /** Path of the private key that logs in. @default the SSH agent's keys */
  privateKeyFile: file.optional(),
  /** The site's host key, pinned: an OpenSSH public key, or a file that holds one. */
  hostKey,
  /** How the site is reached: by `ssh`, or by no line at all, but by a medium that somebody carries: `none`. @default ssh */
  line: z.literal("ssh", { error: lineText() }).default("ssh"),
  /** The folder on the site that is the product's own. @default /srv/hms */
  folder: text("an absolute path").startsWith("/", { error: "an absolute path" }).default("/srv/hms"),
  /** Seconds to wait for the site to answer, for each try. @default 5 */
  dialTimeoutSeconds: count(1, 60).default(5),
  /** Seconds of silence after which a connection counts as broken. @default 15 */
  stallTimeoutSeconds: count(1, 600).default(15),
  /** How often to try before the site is stale. A try that brought something counts anew. @default 3 */
  tries: count(1, 10).default(3),
  /** How many releases the site keeps, the one that serves among them: to those it goes back without a transfer. @default 3 */
  keep: count(2, 20).default(3),
  /** Seconds between the first two tries; it doubles with each, and varies by half. @default 2 */
  retryDelaySeconds: count(1, 60).default(2),
  /** Seconds that all tries together may take to bring a release; the next run goes on from there. @default 3600 */
  transferTimeoutSeconds: count(1, 604_800).default(3600),
  ...publishing,
  ...serving,
});

/** A site of `hms:sites` without a line. What only a line needs may stay there: it may come back. */
export const farSiteSettings = siteSettings
  .extend({ line: z.literal("none") })
  .partial({ host: true, user: true, hostKey: true });

/** A site of `hms:sites`, of whichever kind its `line` says. */
export const anySiteSettings = z.unknown().transform((value, context): SiteSettings | FarSiteSettings => {
  const isFar = (value as { line?: unknown } | undefined)?.line === "none";
  const checked = (isFar ? farSiteSettings : siteSettings).safeParse(value, { reportInput: true });
  checked.error?.issues.forEach((issue) => context.issues.push({ ...issue, input: issue.input } as never));
  return checked.success ? checked.data : z.NEVER;
});

/** A site that is reached by a line, checked. */
export type SiteSettings = z.infer<typeof siteSettings>;

/** A site that is reached by a medium alone, checked. */
export type FarSiteSettings = z.infer<typeof farSiteSettings>;

/** Whether a site is reached by a line. */
export function hasLine(site: SiteSettings | FarSiteSettings): site is SiteSettings {
  return site.line === "ssh";
}

function lineText(): string {
  return "ssh or none";
}
