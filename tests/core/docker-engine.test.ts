import { expect, test } from "@jest/globals";
import { engineEnvironment } from "../../core/docker-engine";

test("docker's command is told of another engine, and of its own nothing", () => {
  expect(engineEnvironment("ssh://docker@cloud")).toEqual({ DOCKER_HOST: "ssh://docker@cloud" });
  expect(engineEnvironment(undefined)).toEqual({});
});
