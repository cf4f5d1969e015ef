/** The targets of a stack: where a release goes to, and whom to ask what is there. */
import type {
  ClusterSettings,
  DockerHostSettings,
  FarSiteSettings,
  PartnerSettings,
  SiteSettings,
  StackSettings,
} from "./config";
import type { Should } from "./drift";
import { hasLine } from "./config/onprem";
import type { TargetId } from "./entry";

/** Whom to ask what a target runs or holds. */
export type Probe =
  | { readonly kind: "cluster"; readonly service: string; readonly settings: ClusterSettings }
  | { readonly kind: "docker"; readonly service: string; readonly settings: DockerHostSettings }
  | { readonly kind: "site"; readonly service: string; readonly settings: SiteSettings }
  | {
      /** A site without a line: what it said last is in the trail. */
      readonly kind: "far";
      readonly service: string;
      readonly settings: FarSiteSettings;
      /** Its name in the trail. */
      readonly target: TargetId;
    }
  | { readonly kind: "partner"; readonly target: TargetId; readonly settings: PartnerSettings };

/** One place that a release goes to. */
export interface Target {
  readonly id: TargetId;
  /** Its name in its stack. */
  readonly name: string;
  readonly stack: string;
  readonly probe: Probe;
}

/** The targets that a stack's settings name, in their order. */
export function targetsOf(stack: string, settings: StackSettings): Target[] {
  return probesOf(stack, settings).map((probe) => ({
    id: targetId(stack, probe.settings.name),
    name: probe.settings.name,
    stack,
    probe,
  }));
}

/** A target's name across stacks. */
export function targetId(stack: string, name: string): TargetId {
  return `${stack}/${name}`;
}

/** What a target should be like when it has a release. */
export function shouldBe(probe: Probe, release: Should["release"]): Should {
  return {
    release,
    ...(probe.kind === "partner" && { meaning: probe.settings.meaning }),
    ...(probe.kind === "cluster" && { replicas: probe.settings.replicas }),
  };
}

function probesOf(stack: string, settings: StackSettings): Probe[] {
  const { service } = settings;
  switch (settings.role) {
    case "build":
      return [];
    case "cloud":
      return [
        ...settings.clusters.map((cluster) => ({ kind: "cluster" as const, service, settings: cluster })),
        ...settings.dockerHosts.map((host) => ({ kind: "docker" as const, service, settings: host })),
      ];
    case "onprem":
      return settings.sites.map((site) =>
        hasLine(site)
          ? { kind: "site" as const, service, settings: site }
          : { kind: "far" as const, service, settings: site, target: targetId(stack, site.name) },
      );
    case "partners":
      return settings.partners.map((partner) => ({
        kind: "partner" as const,
        target: targetId(stack, partner.name),
        settings: partner,
      }));
  }
}
