/** Pods that tests have in common. */
import type { Described } from "./analyzer";

/** A container that every rule lets pass, with what a test is about set in it. */
export const aContainer = (parts: object = {}): object => ({
  name: "web",
  image: `registry.example.gov/flood-formula@sha256:${"41".repeat(32)}`,
  readinessProbe: { httpGet: { path: "/healthz", port: 8080 } },
  livenessProbe: { httpGet: { path: "/healthz", port: 8080 } },
  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  ...parts,
});

/** A pod's specification that every rule lets pass, with what a test is about set in it. */
export const aPod = (parts: object = {}): object => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [aContainer()],
  ...parts,
});

/** A Deployment of that pod. */
export const aDeployment = (spec: object, metadata: object = {}): Described => ({
  type: "kubernetes:apps/v1:Deployment",
  stack: "cloud",
  name: "web",
  props: { spec: { template: { metadata, spec } } },
});
