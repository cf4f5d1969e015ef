import { describe, expect, test } from "@jest/globals";
import {
  podProbes,
  podResources,
  podServiceAccount,
  serviceExposure,
  workloadReadable,
} from "../../../policy/rules/workload";
import { said, unknown, violations } from "../analyzer";
import { aContainer, aDeployment, aPod } from "../pods";

test.each([podProbes, podResources, podServiceAccount, workloadReadable, serviceExposure])(
  "$name lets a good Deployment pass",
  async (rule) => {
    expect(await said(rule, aDeployment(aPod()))).toEqual([]);
  },
);

describe("workload-readable", () => {
  test.each([
    ["kubernetes:helm.sh/v3:Release", "a Helm release"],
    ["kubernetes:apps/v1:DeploymentPatch", "a DeploymentPatch"],
    ["kubernetes:core/v1:PodList", "a PodList"],
    ["docker:index/service:Service", "a Swarm service"],
    ["docker:index/plugin:Plugin", "a docker plugin"],
  ])("refuses %s", async (type, what) => {
    expect(await violations(workloadReadable, { type, props: {} })).toEqual([
      `anchorage is ${what}, which no rule can look into. Declare what it runs as resources of their own.`,
    ]);
  });
  test("reads no value that a preview might not know", async () => {
    const props = { chart: unknown };
    expect(await said(workloadReadable, { type: "kubernetes:helm.sh/v3:Release", props })).toHaveLength(1);
  });
});

describe("pod-resources", () => {
  test("refuses a container without", async () => {
    const bare = aContainer({ resources: { requests: { cpu: "50m" }, limits: { memory: "64Mi" } } });
    expect(await violations(podResources, aDeployment(aPod({ containers: [bare] })))).toEqual([
      "web: container web has no requests.memory, limits.cpu. Set resources.requests.memory and what else is missing.",
    ]);
  });
  test("refuses a first container without, and lets one for debugging pass", async () => {
    const none = aContainer({ name: "first", resources: undefined });
    expect(await violations(podResources, aDeployment(aPod({ initContainers: [none] })))).toHaveLength(1);
    expect(await violations(podResources, aDeployment(aPod({ ephemeralContainers: [none] })))).toEqual([]);
  });
  test("says what a preview can't know", async () => {
    const spec = aPod({ containers: [aContainer({ resources: unknown })] });
    expect(await said(podResources, aDeployment(spec))).toEqual([
      {
        level: "advisory",
        message: expect.stringContaining(
          ".spec.template.spec.containers.0.resources can't be known during preview",
        ),
      },
    ]);
  });
});

describe("pod-probes", () => {
  test.each(["readinessProbe", "livenessProbe"])("refuses a container without a %s", async (probe) => {
    const spec = aPod({ containers: [aContainer({ [probe]: undefined })] });
    expect(await violations(podProbes, aDeployment(spec))).toEqual([
      `web: container web has no ${probe}. Set one that asks its health.`,
    ]);
  });
  test("asks none of a job", async () => {
    const spec = aPod({ containers: [aContainer({ livenessProbe: undefined })] });
    const job = { type: "kubernetes:batch/v1:Job", props: { spec: { template: { spec } } } };
    expect(await violations(podProbes, job)).toEqual([]);
  });
  test("says what a preview can't know", async () => {
    const spec = aPod({ containers: [aContainer({ livenessProbe: unknown })] });
    expect(await said(podProbes, aDeployment(spec))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("pod-service-account", () => {
  test("refuses a token by default", async () => {
    expect(
      await violations(podServiceAccount, aDeployment(aPod({ automountServiceAccountToken: undefined }))),
    ).toEqual(["web: the pod gets its service account's token. Set automountServiceAccountToken to false."]);
  });
  test("refuses a projected token", async () => {
    const volumes = [{ name: "api", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }];
    expect(await violations(podServiceAccount, aDeployment(aPod({ volumes })))).toEqual([
      "web: volume api holds a service account's token. Leave it out.",
    ]);
  });
  test("says what a preview can't know", async () => {
    const spec = aPod({ automountServiceAccountToken: unknown });
    expect(await said(podServiceAccount, aDeployment(spec))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("service-exposure", () => {
  const service = (spec: object) => ({
    type: "kubernetes:core/v1:Service",
    name: "web",
    stack: "cloud",
    props: { spec },
  });
  test("lets a ClusterIP pass", async () => {
    expect(await said(serviceExposure, service({ type: "ClusterIP" }))).toEqual([]);
    expect(await said(serviceExposure, service({}))).toEqual([]);
  });
  test.each(["LoadBalancer", "NodePort"])("refuses a %s without leave", async (type) => {
    expect(await violations(serviceExposure, service({ type }))).toEqual([
      `web is a ${type}. Make it a ClusterIP, or allow "cloud/web" in policy-config.json.`,
    ]);
    expect(await violations(serviceExposure, service({ type }), { allowed: ["cloud/web"] })).toEqual([]);
    expect(await violations(serviceExposure, service({ type }), { allowed: ["cloud/other"] })).toHaveLength(
      1,
    );
  });
  test("refuses addresses of the network's", async () => {
    expect(await violations(serviceExposure, service({ externalIPs: ["192.0.2.1"] }))).toEqual([
      "web takes the addresses 192.0.2.1. Leave out externalIPs.",
    ]);
  });
  test("says what a preview can't know", async () => {
    expect(await said(serviceExposure, service({ type: unknown }))).toMatchObject([{ level: "advisory" }]);
  });
});
