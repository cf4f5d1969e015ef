import { beforeEach, describe, expect, test } from "@jest/globals";
import { DockerTarget } from "../../components";
import { parseStack } from "../../core/config";
import { addRelease, aReleaseOfTheTrail } from "./released";
import { type Declared, record, settled } from "./mocks";

const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;

function settings() {
  const stack = parseStack(
    {
      role: "cloud",
      service: "flood-formula",
      dockerHosts: [{ name: "cloud", host: "ssh://deploy@10.0.0.1", proxyImage }],
    },
    "Pulumi.cloud-docker.yaml",
  );
  const [host] = stack.role === "cloud" ? stack.dockerHosts : [];
  if (host === undefined) throw new Error("the settings have no docker host");
  return host;
}

const v1 = aReleaseOfTheTrail({
  tag: "aaaaaaa",
  image: `registry.example.gov/flood-formula@sha256:${"11".repeat(32)}`,
});
const v2 = addRelease({
  tag: "bbbbbbb",
  image: `registry.example.gov/flood-formula@sha256:${"22".repeat(32)}`,
});

let declared: Declared[];
beforeEach(async () => {
  declared = await record({
    "pulumi:providers:docker": {},
    "docker:index/network:Network": {},
    "docker:index/remoteImage:RemoteImage": { imageId: "sha256:id" },
    "docker:index/container:Container": {},
    "random:index/randomId:RandomId": { hex: "beef" },
    "command:local/index:Command": {},
    "command:local:Command": {},
    "pulumi-nodejs:dynamic/hms:Intent": {},
    "pulumi-nodejs:dynamic/hms:Receipt": { says: "runs v2" },
  });
});

async function declare(
  previous = undefined as typeof v1 | undefined,
  drift?: ConstructorParameters<typeof DockerTarget>[1]["drift"],
) {
  new DockerTarget("cloud", {
    target: "cloud-docker/cloud",
    service: "flood-formula",
    release: v2,
    previous,
    drift,
    settings: settings(),
  });
  await settled();
}

const ofType = (type: string): Declared[] => declared.filter((resource) => resource.type.endsWith(type));

describe("a docker host", () => {
  test("runs the release by digest, on the engine that the settings name", async () => {
    await declare();
    expect(ofType("RemoteImage").map(({ inputs }) => inputs["name"])).toEqual(
      expect.arrayContaining([v2.image, proxyImage]),
    );
    expect(ofType("providers:docker")[0]?.inputs).toMatchObject({ host: "ssh://deploy@10.0.0.1" });
  });

  test("keeps the container that serves beside the new one", async () => {
    await declare(v1);
    expect(
      ofType("Container")
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["cloud-app-111111111111", "cloud-app-222222222222", "cloud-proxy"]);
  });

  test("has one container when the content did not change", async () => {
    await declare({ ...v2, tag: "ccccccc", commit: "c".repeat(40) });
    expect(ofType("Container")).toHaveLength(2);
  });

  test("has nothing of a tag or a commit where it would restart a container", async () => {
    await declare();
    expect(JSON.stringify(ofType("Container").map(({ inputs }) => inputs))).not.toContain(v2.tag);
  });

  test("lets containers write nowhere, gain nothing, and listen behind the proxy alone", async () => {
    await declare();
    const app = ofType("Container").find(({ name }) => name === "cloud-app-222222222222")?.inputs;
    expect(app).toMatchObject({
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      name: "flood-formula-222222222222-beef",
    });
    expect(app).not.toHaveProperty("ports");
  });

  test("swaps when the new container is healthy, by an exact command", async () => {
    await declare();
    expect(ofType(":Command")[0]?.inputs).toMatchObject({
      create: "sh components/docker-target/swap.sh flood-formula flood-formula-222222222222-beef 8080 60 30",
      environment: { DOCKER_HOST: "ssh://deploy@10.0.0.1" },
    });
  });

  test("that somebody changed swaps again, reads back again, and has a container that is gone made anew", async () => {
    await declare(v1, { target: 57, container: (image) => (image === v2.image ? 57 : undefined) });
    expect(ofType(":Command")[0]?.inputs["triggers"]).toEqual(["cloud-proxy-id", 57]);
    expect(ofType("hms:Receipt")[0]?.inputs).toMatchObject({ drift: 57 });
    const keepers = ofType("RandomId").map(({ name, inputs }) => [name, inputs["keepers"]] as const);
    expect(Object.fromEntries(keepers)).toEqual({
      "cloud-deployment-222222222222": { image: v2.image, drift: "57" },
      "cloud-deployment-111111111111": { image: v1.image },
    });
  });

  test("says what it intends before, and reads back what runs after", async () => {
    await declare();
    expect(ofType("hms:Intent")[0]?.inputs).toMatchObject({ target: "cloud-docker/cloud", tag: v2.tag });
    expect(ofType("hms:Receipt")[0]?.inputs).toMatchObject({
      target: "cloud-docker/cloud",
      expected: { tag: v2.tag, image: v2.image },
      probe: { kind: "docker" },
    });
  });
});
