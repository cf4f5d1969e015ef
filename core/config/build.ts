/** Settings of the stack that builds: what is built, and which stacks a run ships to. */
import { z } from "zod";
import { count, dockerEngine, name, reference, settings, text, webAddress } from "./common";

/** `hms:build`. */
export const buildSettings = settings({
  /** The service's Git repository: a path or a URL that git can clone. */
  repository: text("a path or URL of a Git repository"),
  /** The branch that ships. @default main */
  branch: text("the name of a branch").default("main"),
  /** The image's repository in the registry, without a tag. Who may push is docker's affair: `docker login`. */
  image: text("an image repository without a tag, e.g. registry.example.gov/flood-formula").regex(
    /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/,
    { error: "an image repository without a tag, e.g. registry.example.gov/flood-formula" },
  ),
  /** Build arguments for the Dockerfile. @default none */
  args: z.record(z.string(), z.string({ error: "a text" }), { error: "a map of texts" }).default({}),
  /** The platform that is built for. @default linux/amd64 */
  platform: text("a platform, e.g. linux/amd64").default("linux/amd64"),
  /** The docker engine that builds. @default DOCKER_HOST, or the machine's own */
  dockerHost: dockerEngine.optional(),
});

/** `hms:stacks`: the stacks that a run ships to, side by side. */
export const stacks = z
  .array(name, { error: "a list of stack names" })
  .min(1, { error: "a list of at least one stack name" });

const minutesText = "a whole number from 1 to 10080";

/** `hms:budgetMinutes`: minutes from a push to the last receipt that a run should need. @default 60 */
export const budgetMinutes = z.coerce
  // Pulumi hands a number over as a text.
  .number({ error: minutesText })
  .int({ error: minutesText })
  .min(1, { error: minutesText })
  .max(10_080, { error: minutesText })
  .default(60);

/** `hms:metricUrl`: annotations go to `URL/annotate`. @default METRIC_URL, or nowhere */
export const metricUrl = z.url({ error: "a URL" }).optional();

/** One of `hms:subscribers`: who is told of each release that was shipped. */
export const subscriberSettings = settings({
  name,
  /** Where events are posted to. */
  url: webAddress,
  /** How an event becomes a request: all of it in the body, or its attributes in headers. @default structured */
  mode: z.enum(["structured", "binary"], { error: "structured or binary" }).default("structured"),
  /** What requests are signed with: `whsec_` and 24 to 64 bytes as Base64; several, one a line, while one is changed. */
  secret: reference,
  /** Seconds that the subscriber has to answer, for each try. @default 5 */
  timeoutSeconds: count(1, 60).default(5),
  /** Days after which an event that was not taken is set aside. @default 7 */
  keepDays: count(1, 365).default(7),
});

/** One of `hms:subscribers`, checked. */
export type SubscriberSettings = z.infer<typeof subscriberSettings>;

/** `hms:build`, checked. */
export type BuildSettings = z.infer<typeof buildSettings>;
