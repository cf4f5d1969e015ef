import { describe, expect, test } from "@jest/globals";
import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import { read } from "../../probe/cluster";

const [old, current] = [`sha256:${"11".repeat(32)}`, `sha256:${"22".repeat(32)}`];
const image = (digest: string): string => `registry.example.gov/flood-formula@${digest}`;

function pod(name: string, digest: string, { ready = true, minute = 0 } = {}): V1Pod {
  const said = {
    metadata: { name },
    status: {
      startTime: new Date(Date.UTC(2026, 10, 23, 10, minute)),
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ imageID: image(digest) }],
    },
  };
  return said as unknown as V1Pod;
}

function deployment(digest: string, replicas = 2): Pick<V1Deployment, "spec"> {
  const said = { spec: { replicas, template: { spec: { containers: [{ image: image(digest) }] } } } };
  return said as unknown as V1Deployment;
}

describe("a cluster", () => {
  test("runs what its ready pods run", () => {
    expect(read([pod("a", current), pod("b", current, { minute: 1 })], deployment(current))).toEqual({
      kind: "runs",
      image: current,
      health: "healthy",
      since: "2026-11-23T10:01:00.000Z",
      units: ["b", "a"],
    });
  });
  test("is not healthy while pods are missing, or old ones serve beside the new", () => {
    expect(read([pod("a", current)], deployment(current))).toMatchObject({ health: "unhealthy" });
    expect(
      read([pod("a", current, { minute: 1 }), pod("b", current), pod("c", old)], deployment(current)),
    ).toMatchObject({ image: current, health: "unhealthy" });
  });
  test("is not healthy when somebody asked it for an image that does not come", () => {
    expect(
      read([pod("a", current), pod("b", current), pod("c", old, { ready: false })], deployment(old)),
    ).toMatchObject({ image: current, health: "unhealthy" });
  });
  test("runs nothing when no pod is ready", () => {
    expect(read([pod("a", current, { ready: false })], deployment(current))).toEqual({ kind: "nothing" });
  });
});
