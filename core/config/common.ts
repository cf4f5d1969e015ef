/** The kinds of value that settings are made of. Each says what is allowed in its `error`. */
import { z } from "zod";
import { referenceText } from "../validate";

/** An object with these keys and no others. */
export function settings<S extends z.ZodRawShape>(shape: S, what = "a map"): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `allowed: ${Object.keys(shape).join(", ")}` : what,
  });
}

/** A name that is good for a container, a host and a file. */
export const name = z.string({ error: "a name" }).regex(/^[a-z][a-z0-9-]{0,30}$/, {
  error: "up to 31 lower-case letters, digits and hyphens, a letter first",
});

/** Any text but none. */
export const text = (what: string): z.ZodString => z.string({ error: what }).min(1, { error: what });

/** A TCP port. */
export const port = z
  .int({ error: portText() })
  .min(1, { error: portText() })
  .max(65535, { error: portText() });

function portText(): string {
  return "a whole number from 1 to 65535";
}

/** A whole number of seconds, or anything else that is counted, from `min` to `max`. */
export function count(min: number, max: number): z.ZodInt {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A path on the machine that runs Pulumi: absolute, or relative to the project's folder. */
export const file = text("the path of a file");

/** A value that lies elsewhere: in a file or in an environment variable of the machine that runs Pulumi. */
export const reference = z.union(
  [settings({ file }), settings({ env: text("the name of an environment variable") })],
  { error: referenceText },
);

/** A value that lies elsewhere. */
export type Reference = z.infer<typeof reference>;

/** A text of a certain form, given here or by reference. */
export const textOrReference = (
  what: string,
  form: RegExp,
): z.ZodUnion<readonly [z.ZodString, typeof reference]> => {
  const error = `${what}, or { file: PATH }, or { env: NAME }`;
  return z.union([z.string().regex(form, { error }), reference], { error });
};

/** An OpenSSH public key, as in a `.pub` file. */
export const hostKey = textOrReference("an OpenSSH public key", /^(ssh|ecdsa|sk)-\S+ AAAA\S*(\s|$)/);

const webAddressText = "a URL, http or https, without a user or a password";

/** Where something is posted to. */
export const webAddress = z.url({ protocol: /^https?$/, error: webAddressText }).refine(
  (value) => {
    const { username, password } = new URL(value);
    return username === "" && password === "";
  },
  { error: webAddressText },
);

const engine = "unix://PATH, tcp://HOST:PORT or ssh://USER@HOST";

/** Where a docker engine is. Who may log in by ssh, and which host key is the right one, is for the user's own ssh to know. */
export const dockerEngine = text(engine).regex(
  /^(unix:\/\/\/\S+|tcp:\/\/[^\s/@]+:\d+|ssh:\/\/([^\s/@:]+@)?[^\s/@]+(\/\S*)?)$/,
  { error: engine },
);

/** How the service answers: the same for every target that runs it. */
export const serving = {
  /** The port that the service listens on in its container. @default 8080 */
  port: port.default(8080),
  /** Seconds that a new release has to become healthy. @default 60 */
  healthTimeoutSeconds: count(1, 3600).default(60),
};

/** Where a docker host or a site publishes the service, and what stands before it. */
export const publishing = {
  /** Address that the service is published on. @default 0.0.0.0 */
  publishAddress: z.ipv4({ error: "an IPv4 address" }).default("0.0.0.0"),
  /** Port that the service is published on. @default 8080 */
  publishPort: port.default(8080),
  /** The image of the proxy that owns that port: Caddy 2.8 or newer, by digest. */
  proxyImage: textOrReference("an image by digest", /^[^\s@]+@sha256:[0-9a-f]{64}$/),
  /** Seconds that the old container is left to requests that are under way, before it is told to stop. @default 30 */
  drainTimeoutSeconds: count(0, 3600).default(30),
};
