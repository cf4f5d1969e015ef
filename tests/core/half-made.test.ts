import { expect, test } from "@jest/globals";
import { removalsOf, settled } from "../../core/half-made";

const pending = (type: string, kind: string, name: string, inputs?: Record<string, unknown>) => ({
  type,
  resource: {
    urn: `urn:pulumi:cloud-docker::hms::hms:cloud:DockerTarget$${kind}::${name}`,
    type: kind,
    inputs,
  },
});
const container = "docker:index/container:Container";
const network = "docker:index/network:Network";

test("containers and networks that were being created are removed by their names", () => {
  const deployment = {
    resources: ["kept"],
    pending_operations: [
      pending("creating", container, "cloud-docker-app-1f2e", { name: "flood-formula-1f2e-09ab" }),
      pending("creating", network, "cloud-docker-network", { name: "hms-flood-formula" }),
      pending("updating", container, "cloud-docker-proxy", { name: "flood-formula-proxy" }),
      pending("creating", "command:local:Command", "cloud-docker-swap", { create: "sh" }),
      pending("creating", container, "cloud-docker-app-77", {}),
      pending("creating", container, "other-app-1f2e", { name: "elsewhere" }),
    ],
  };
  expect(removalsOf(deployment, "cloud-docker")).toEqual([
    ["docker", "rm", "--force", "--volumes", "flood-formula-1f2e-09ab"],
    ["docker", "network", "rm", "hms-flood-formula"],
  ]);
  expect(settled(deployment)).toEqual({ resources: ["kept"], pending_operations: [] });
});

test("a state without any is left as it is", () => {
  expect(removalsOf({}, "cloud-docker")).toEqual([]);
});
