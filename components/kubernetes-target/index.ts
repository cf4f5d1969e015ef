import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSettings } from "../../core/config";
import type { TargetId } from "../../core/entry";
import type { Release } from "../../core/release";
import { intended, Intent } from "../intent";
import { Receipt } from "../receipt";

/** What a {@link KubernetesTarget} runs, and where. */
export interface KubernetesTargetArgs {
  /** `STACK/NAME`, the cluster's name in the trail. */
  readonly target: TargetId;
  /** The service's name. */
  readonly service: string;
  /** The release that the cluster should run. */
  readonly release: Release;
  /** Why, where the release is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
  /** Whether the rollback that is previewed takes the release out of quarantine; an update asks the trail alone. @default false */
  readonly liftsQuarantine?: boolean;
  /** See `driftMark`: another one has the cluster read back again. @default none */
  readonly drift?: number;
  /** The cluster, and how the service runs in it. */
  readonly settings: ClusterSettings;
}

/**
 * The service in a Kubernetes cluster: a Deployment by digest that is updated without losing a request, in a namespace
 * of its own under the Pod Security level "restricted".
 *
 * @example
 * new KubernetesTarget("cloud", { target: "cloud/cloud", service: "flood-formula", release, settings });
 */
export class KubernetesTarget extends pulumi.ComponentResource {
  /** What was read back from the cluster, on one line. */
  declare readonly receipt: pulumi.Output<string>;

  constructor(name: string, args: KubernetesTargetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:cloud:KubernetesTarget", name, args, opts);
    const { target, service, release, settings } = args;

    const intent = new Intent(`${name}-intent`, intended(args), { parent: this });
    const provider = new kubernetes.Provider(
      `${name}-cluster`,
      { kubeconfig: settings.kubeconfig, context: settings.context },
      { parent: this, dependsOn: intent },
    );
    const child = { parent: this, provider };
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, namespaceOf(args), child);
    const inNamespace = { ...child, dependsOn: namespace };
    const patience = `${String(settings.healthTimeoutSeconds + graceSeconds)}s`;
    const deployment = new kubernetes.apps.v1.Deployment(`${name}-deployment`, deploymentOf(args), {
      ...inNamespace,
      // The provider's own limit is ten minutes.
      customTimeouts: { create: patience, update: patience },
    });
    new kubernetes.policy.v1.PodDisruptionBudget(`${name}-disruption`, disruptionOf(args), inNamespace);
    new kubernetes.networking.v1.NetworkPolicy(`${name}-network`, networkOf(args), inNamespace);
    const exposed = new kubernetes.core.v1.Service(`${name}-service`, serviceOf(args), inNamespace);
    const receipt = new Receipt(
      `${name}-receipt`,
      { target, release, probe: { kind: "cluster", service, settings }, drift: args.drift },
      { parent: this, dependsOn: [deployment, exposed] },
    );

    this.receipt = receipt.says;
    this.registerOutputs({ receipt: this.receipt });
  }
}

/** Beyond its health timeout, what a rollout may take: for the pull, and for the pods that go. */
const graceSeconds = 15;

const selectorOf = ({ service }: KubernetesTargetArgs): Record<string, string> => ({
  "app.kubernetes.io/name": service,
});

/** What the namespaced objects are called. Nothing in it changes with a release: a label must not restart a pod. */
const metadataOf = (args: KubernetesTargetArgs): kubernetes.types.input.meta.v1.ObjectMeta => ({
  name: args.service,
  namespace: args.settings.namespace ?? args.service,
  labels: { ...selectorOf(args), "app.kubernetes.io/managed-by": "hms" },
  annotations: takenBack,
});

/** What somebody changed by hand is the changer's own by Kubernetes' book: an update takes it back. */
const takenBack = { "pulumi.com/patchForce": "true" };

function namespaceOf({ service, settings }: KubernetesTargetArgs): kubernetes.core.v1.NamespaceArgs {
  const level = "pod-security.kubernetes.io";
  return {
    metadata: {
      name: settings.namespace ?? service,
      annotations: takenBack,
      labels: {
        "app.kubernetes.io/managed-by": "hms",
        [`${level}/enforce`]: "restricted",
        [`${level}/enforce-version`]: "latest",
        [`${level}/warn`]: "restricted",
        [`${level}/audit`]: "restricted",
      },
    },
  };
}

function deploymentOf(args: KubernetesTargetArgs): kubernetes.apps.v1.DeploymentArgs {
  const { replicas, healthTimeoutSeconds } = args.settings;
  return {
    metadata: metadataOf(args),
    spec: {
      replicas,
      selector: { matchLabels: selectorOf(args) },
      // No pod goes before its successor is ready; without health the update stops, and the old pods serve.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      minReadySeconds: 1,
      progressDeadlineSeconds: healthTimeoutSeconds,
      template: { metadata: { labels: selectorOf(args) }, spec: podOf(args) },
    },
  };
}

function podOf({ service, release, settings }: KubernetesTargetArgs): kubernetes.types.input.core.v1.PodSpec {
  const health = { path: settings.healthPath, port: "http" };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: service,
        image: release.image,
        ports: [{ name: "http", containerPort: settings.port }],
        startupProbe: { httpGet: health, periodSeconds: 1, failureThreshold: settings.healthTimeoutSeconds },
        readinessProbe: { httpGet: health, periodSeconds: 2 },
        livenessProbe: { httpGet: health, periodSeconds: 10 },
        // Endpoints take a moment to forget a pod that goes: it serves on meanwhile.
        lifecycle: { preStop: { sleep: { seconds: 3 } } },
        resources: { requests: settings.requests, limits: settings.limits },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "16Mi" } }],
  };
}

function disruptionOf(args: KubernetesTargetArgs): kubernetes.policy.v1.PodDisruptionBudgetArgs {
  return {
    metadata: metadataOf(args),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(args) } },
  };
}

/** The service may be asked, and asks nobody. */
function networkOf(args: KubernetesTargetArgs): kubernetes.networking.v1.NetworkPolicyArgs {
  return {
    metadata: metadataOf(args),
    spec: {
      podSelector: { matchLabels: selectorOf(args) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ ports: [{ port: args.settings.port, protocol: "TCP" }] }],
      egress: [],
    },
  };
}

function serviceOf(args: KubernetesTargetArgs): kubernetes.core.v1.ServiceArgs {
  return {
    metadata: metadataOf(args),
    spec: {
      type: "ClusterIP",
      selector: selectorOf(args),
      ports: [{ name: "http", port: 80, targetPort: "http" }],
    },
  };
}
