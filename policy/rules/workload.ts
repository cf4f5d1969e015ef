/** Rules on what runs in a cluster, beside Pod Security. */
import { type Check, rule } from "../rule";
import { placesOf } from "../waivers";
import { kindOf, onPods, podOf } from "../workloads";

/** What a rule can't look into, it can't let pass. */
export const workloadReadable = rule({
  name: "workload-readable",
  reason: "What runs is declared as resources that these rules can read.",
  remedy: "Declare what runs as resources of its own: a Deployment, a Service, a docker Container.",
  severity: "high",
  control: "CM-7",
  waivable: true,
  checks: [
    function* ({ type, name }) {
      const what = unreadable(type);
      if (what !== undefined) {
        yield `${name} is ${what}, which no rule can look into. Declare what it runs as resources of their own.`;
      }
    },
  ],
});

const workloadKinds =
  /^(Pod|PodTemplate|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|Service)(Patch|List)$/;

function unreadable(type: string): string | undefined {
  const kind = kindOf(type);
  if (type === "kubernetes:helm.sh/v3:Release") {
    return "a Helm release";
  }
  if (type === "docker:index/service:Service" || type === "docker:index/plugin:Plugin") {
    return type.startsWith("docker:index/service") ? "a Swarm service" : "a docker plugin";
  }
  return kind !== undefined && workloadKinds.test(kind) ? `a ${kind}` : undefined;
}

/** One pod that eats all is everybody's outage. */
export const podResources = rule({
  name: "pod-resources",
  reason:
    "A container says what it needs and what it may take: one that eats all takes its neighbours with it.",
  remedy: "Set requests and limits of cpu and memory for each container.",
  severity: "medium",
  control: "SC-6",
  waivable: true,
  checks: [
    onPods(function* ({ spec }) {
      // A container for debugging can have none.
      for (const { name, resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        const missing = (["requests", "limits"] as const).flatMap((kind) =>
          ["cpu", "memory"]
            .filter((what) => resources?.[kind]?.[what] === undefined)
            .map((what) => `${kind}.${what}`),
        );
        if (missing.length > 0) {
          yield `container ${name} has no ${missing.join(", ")}. Set resources.${missing[0] ?? ""} and what else is missing.`;
        }
      }
    }),
  ],
});

const longRunning = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"];

/** Without probes, a rollout is done when the process has started, whatever it answers. */
export const podProbes = rule({
  name: "pod-probes",
  reason:
    "A container that serves is asked whether it can: without it, a release counts as healthy when it has begun.",
  remedy: "Set a readinessProbe and a livenessProbe for each container that serves.",
  severity: "medium",
  control: "SI-13",
  waivable: true,
  checks: [
    function* (resource) {
      if (longRunning.includes(kindOf(resource.type) ?? "")) {
        for (const container of podOf(resource)?.spec.containers ?? []) {
          for (const probe of ["readinessProbe", "livenessProbe"] as const) {
            if (container[probe] === undefined) {
              yield `${resource.name}: container ${container.name} has no ${probe}. Set one that asks its health.`;
            }
          }
        }
      }
    },
  ],
});

/** The service asks nothing of the cluster that it runs in. */
export const podServiceAccount = rule({
  name: "pod-service-account",
  reason: "A pod gets no key to the cluster's API: what breaks into it could use it.",
  remedy: "Set automountServiceAccountToken to false, and project no token.",
  severity: "high",
  control: "AC-6",
  waivable: true,
  checks: [
    onPods(function* ({ spec }) {
      if (spec.automountServiceAccountToken !== false) {
        yield "the pod gets its service account's token. Set automountServiceAccountToken to false.";
      }
    }),
    onPods(function* ({ spec }) {
      for (const { name, projected } of spec.volumes ?? []) {
        if (
          projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken !== undefined) === true
        ) {
          yield `volume ${name} holds a service account's token. Leave it out.`;
        }
      }
    }),
  ],
});

const exposed: Check<{ allowed?: string[] }> = function* (resource, { allowed = [] }) {
  if (kindOf(resource.type) !== "Service" || placesOf(resource).some((place) => allowed.includes(place))) {
    return;
  }
  const { type, externalIPs } =
    (resource.props as { spec?: { type?: string; externalIPs?: string[] } }).spec ?? {};
  if (type === "LoadBalancer" || type === "NodePort") {
    yield `${resource.name} is a ${type}. Make it a ClusterIP, or allow "${placesOf(resource)[0] ?? ""}" in policy-config.json.`;
  }
  if (externalIPs !== undefined && externalIPs.length > 0) {
    yield `${resource.name} takes the addresses ${externalIPs.join(", ")}. Leave out externalIPs.`;
  }
};

/** Whoever opens the cluster to a network does it on purpose. */
export const serviceExposure = rule({
  name: "service-exposure",
  reason: "Nothing is open to a network that nobody has allowed: what stands before the cluster does that.",
  remedy: "Make the Service a ClusterIP, or name it in `allowed`.",
  severity: "high",
  control: "SC-7",
  waivable: true,
  settings: {
    allowed: {
      type: "array",
      description: "Services that may be a LoadBalancer or a NodePort, as STACK/NAME.",
      items: { type: "string", pattern: "^[^/]+/.+$" },
    },
  },
  checks: [exposed],
});
