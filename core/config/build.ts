/** Settings of the stack that builds: what is built, and which stacks a run ships to. */
import { z } from "zod";
import { dockerEngine, name, settings, text } from "./common";

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

/** `hms:metricUrl`: annotations go to `URL/annotate`. @default METRIC_URL, or nowhere */
export const metricUrl = z.url({ error: "a URL" }).optional();

/** `hms:build`, checked. */
export type BuildSettings = z.infer<typeof buildSettings>;
