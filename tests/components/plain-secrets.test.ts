import { beforeEach, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { guardedInputs, refusePlainSecrets } from "../../components/plain-secrets";
import { type Declared, record, settled } from "./mocks";

let declared: Declared[];

class Container extends pulumi.CustomResource {
  constructor(name: string, inputs: pulumi.Inputs) {
    super("docker:index/container:Container", name, inputs);
  }
}

beforeEach(async () => {
  declared = await record({ "docker:index/container:Container": {}, "pulumi:pulumi:Stack": {} });
  // The root of the stack holds transformations; the mocks make none.
  await pulumi.runtime.runInPulumiStack(() => {
    refusePlainSecrets();
    return Promise.resolve();
  });
});

const sentence = (path: string, what: string): string =>
  `web: ${path} looks like ${what}, and is no secret. Give it as pulumi.secret(…), or as a reference to a file.`;

test("lets secrets, references and other values pass as they are", async () => {
  new Container("web", {
    image: pulumi.output("a@sha256:1"),
    password: pulumi.secret("hunter2"),
    nested: [{ password: { file: "/run/password" }, count: 1 }],
    left: undefined,
  });
  await settled();
  expect(declared.filter(({ name }) => name === "web").map(({ inputs }) => inputs)).toMatchObject([
    { image: "a@sha256:1", nested: [{ password: { file: "/run/password" }, count: 1 }] },
  ]);
  expect(JSON.stringify(declared.find(({ name }) => name === "web")?.inputs["password"])).toContain(
    "1b47061264138c4ac30d75fd1eb44270",
  );
});

test("refuses a plain value where the resource is declared", () => {
  expect(() => new Container("web", { nested: [{ password: "hunter2" }] })).toThrow(
    sentence("nested.0.password", "a password, by its name"),
  );
});

test("refuses a plain value that comes later", async () => {
  const { login } = guardedInputs("any:type:Type", "web", {
    login: { password: Promise.resolve("hunter2") },
  });
  await expect(login.password).rejects.toThrow(sentence("login.password", "a password, by its name"));
});
