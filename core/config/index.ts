/** A stack's settings: what the keys `hms:…` of a `Pulumi.STACK.yaml` may hold, by the stack's role. */
import { z } from "zod";
import { UserError } from "../errors";
import { type Source, validate } from "../validate";
import { budgetMinutes, buildSettings, metricUrl, stacks, subscriberSettings } from "./build";
import { clusterSettings, dockerHostSettings } from "./cloud";
import { name, text } from "./common";
import { complianceSettings } from "./compliance";
import { grafanaSettings, webhookSettings } from "./notices";
import { anySiteSettings } from "./onprem";
import { mappings, partnerSettings } from "./partners";

/** A list whose members have different names. */
function list<S extends z.ZodType<{ readonly name: string }>>(
  member: S,
  what: string,
): z.ZodDefault<z.ZodArray<S>> {
  return z
    .array(member, { error: `a list of ${what}` })
    .refine((members) => new Set(members.map((m) => m.name)).size === members.length, {
      error: `${what} with different names`,
    })
    .default([]);
}

/** The keys of each role. */
const roles = {
  build: {
    build: buildSettings,
    compliance: complianceSettings,
    stacks,
    budgetMinutes,
    metricUrl,
    subscribers: list(subscriberSettings, "subscribers"),
    grafana: list(grafanaSettings, "Grafanas"),
    webhooks: list(webhookSettings, "webhooks"),
  },
  cloud: {
    clusters: list(clusterSettings, "clusters"),
    dockerHosts: list(dockerHostSettings, "docker hosts"),
  },
  onprem: { sites: list(anySiteSettings, "sites") },
  partners: { partners: list(partnerSettings, "partners"), mappings },
} as const;

/** What a stack does. */
export type Role = keyof typeof roles;

/** The keys of every stack. */
const shared = {
  /** The service's name: that of its containers, namespace and folders. */
  service: name,
};

/** The keys of every stack that ships. */
const shipping = {
  /**
   * The release that the stack's targets should have: a tag, or `current` for the one that the trail says.
   * @default current
   */
  release: text("a release's tag, or current").default("current"),
  /** Why the targets should have a release that is older than what they run. @default none: it must not be older */
  reason: text("a sentence").optional(),
};

type Shape<R extends Role> = (typeof roles)[R] &
  typeof shared &
  (R extends "build" ? unknown : typeof shipping);
type SettingsOf<R extends Role> = {
  [K in keyof Shape<R>]: Shape<R>[K] extends z.ZodType ? z.infer<Shape<R>[K]> : never;
} & { readonly role: R };

/** A stack's settings, checked. */
export type StackSettings = { [R in Role]: SettingsOf<R> }[Role];

/** The settings of a stack of one role. */
export type StackSettingsOf<R extends Role> = Extract<StackSettings, { role: R }>;

/** The values of the keys `hms:…` of Pulumi's configuration, without `hms:`; those that are structured come as JSON. */
export function settingsIn(config: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith("hms:"))
      .map(([key, value]) => [key.slice("hms:".length), /^[[{]/.test(value) ? structured(value) : value]),
  );
}

/** A text may begin with a bracket, too: `[REQ-7] wrong risk`. */
function structured(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * Checks a stack's settings.
 *
 * @param raw the values of the keys `hms:…`, without `hms:`
 * @throws UserError that names file, key, what was found and what is allowed
 */
export function parseStack(raw: Readonly<Record<string, unknown>>, file: string): StackSettings {
  const { role, ...rest } = raw;
  const known = Object.keys(roles) as Role[];
  if (!known.includes(role as Role)) {
    const found = role === undefined ? "missing" : `found ${JSON.stringify(role)}`;
    throw new UserError(`${file}: hms:role: ${found}; allowed: ${known.join(", ")}`);
  }
  const shape = {
    ...shared,
    ...(role === "build" ? {} : shipping),
    ...roles[role as Role],
  } as Record<string, z.ZodType>;
  const keys = Object.keys(shape).map((key) => `hms:${key}`);
  const faults: string[] = Object.keys(rest)
    .filter((key) => !(key in shape))
    .map((key) => `${file}: hms:${key}: unknown key; allowed: hms:role, ${keys.join(", ")}`);
  const settings: Record<string, unknown> = { role };
  for (const [key, schema] of Object.entries(shape)) {
    const source: Source = { file, key: `hms:${key}` };
    try {
      settings[key] = validate(schema, rest[key], source);
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw error;
      }
      faults.push(error.message);
    }
  }
  faults.push(...namedTwice(settings).map((twice) => `${file}: hms:dockerHosts: ${twice}`));
  if (faults.length > 0) {
    throw new UserError(faults.join("\n"));
  }
  return settings as unknown as StackSettings;
}

/** Names of docker hosts that a cluster of the same stack has: in the trail, the two would be one target. */
function namedTwice({ clusters = [], dockerHosts = [] }: Record<string, unknown>): string[] {
  const named = (list: unknown): string[] => (list as { name: string }[]).map(({ name: each }) => each);
  return named(dockerHosts)
    .filter((each) => named(clusters).includes(each))
    .map((each) => `found "${each}", which is a cluster, too; allowed: a name of its own for each`);
}

export type { BuildSettings, SubscriberSettings } from "./build";
export type { ClusterSettings, DockerHostSettings } from "./cloud";
export type { Reference } from "./common";
export type { ComplianceSettings } from "./compliance";
export type { GrafanaSettings, WebhookSettings } from "./notices";
export type { FarSiteSettings, SiteSettings } from "./onprem";
export type { PartnerSettings } from "./partners";
