import { beforeEach, describe, expect, test } from "@jest/globals";
import { KubernetesTarget } from "../../components";
import { parseStack } from "../../core/config";
import { aReleaseOfTheTrail } from "./released";
import { type Declared, record, settled } from "./mocks";

const release = aReleaseOfTheTrail();
let declared: Declared[];

beforeEach(async () => {
  declared = await record({
    "pulumi:providers:kubernetes": {},
    "kubernetes:core/v1:Namespace": {},
    "kubernetes:core/v1:Service": {},
    "kubernetes:apps/v1:Deployment": {},
    "kubernetes:policy/v1:PodDisruptionBudget": {},
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": {},
    "pulumi-nodejs:dynamic/hms:Intent": {},
    "pulumi-nodejs:dynamic/hms:Receipt": { says: "runs it" },
  });
  const stack = parseStack(
    { role: "cloud", service: "flood-formula", clusters: [{ name: "cloud", replicas: 3 }] },
    "Pulumi.cloud.yaml",
  );
  const [settings] = stack.role === "cloud" ? stack.clusters : [];
  if (settings === undefined) throw new Error("the settings have no cluster");
  new KubernetesTarget("cloud", { target: "cloud/cloud", service: "flood-formula", release, settings });
  await settled();
});

const inputsOf = (type: string): Record<string, unknown> =>
  declared.find((resource) => resource.type.endsWith(type))?.inputs ?? {};

describe("a cluster", () => {
  test("runs the release by digest, and nothing of its tag", () => {
    expect(inputsOf(":Deployment")).toMatchObject({
      spec: { template: { spec: { containers: [{ image: release.image }] } } },
    });
    expect(JSON.stringify(inputsOf(":Deployment"))).not.toContain(release.tag);
  });
  test("is updated without a pod too few", () => {
    expect(inputsOf(":Deployment")).toMatchObject({
      spec: { replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } },
    });
  });
  test("gives up on a release after the health timeout", () => {
    expect(inputsOf(":Deployment")).toMatchObject({ spec: { progressDeadlineSeconds: 60 } });
  });
  test("has a namespace under Pod Security restricted, and pods that fit it", () => {
    expect(inputsOf(":Namespace")).toMatchObject({
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    expect(inputsOf(":Deployment")).toMatchObject({
      spec: {
        template: {
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                resources: { requests: { cpu: "50m" }, limits: { memory: "256Mi" } },
              },
            ],
          },
        },
      },
    });
  });
  test("has probes of the service's health", () => {
    const [container] = (
      inputsOf(":Deployment") as { spec: { template: { spec: { containers: Record<string, unknown>[] } } } }
    ).spec.template.spec.containers;
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      expect(container?.[probe]).toMatchObject({ httpGet: { path: "/healthz", port: "http" } });
    }
  });
  test("may be asked, and asks nobody", () => {
    expect(inputsOf(":NetworkPolicy")).toMatchObject({
      spec: { policyTypes: ["Ingress", "Egress"], egress: [], ingress: [{ ports: [{ port: 8080 }] }] },
    });
  });
  test("keeps pods when nodes are drained", () => {
    expect(inputsOf(":PodDisruptionBudget")).toMatchObject({ spec: { maxUnavailable: 1 } });
  });
  test("is reached inside by one Service", () => {
    expect(inputsOf(":Service")).toMatchObject({ spec: { type: "ClusterIP", ports: [{ port: 80 }] } });
  });
});
