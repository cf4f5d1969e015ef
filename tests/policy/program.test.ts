/** The whole pack over what the components declare, with the settings of the lab's kinds of targets. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { DockerTarget, KubernetesTarget, PartnerDrop, Site } from "../../components";
import { parseStack, type StackSettings } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import type { Release } from "../../core/release";
import { rules } from "../../policy/rules";
import { addRelease, aReleaseOfTheTrail } from "../components/released";
import { type Declared, record, settled } from "../components/mocks";
import { said, type Said } from "./analyzer";

const proxyImage = `registry.example.gov/caddy@sha256:${"ca".repeat(32)}`;
const service = "flood-formula";
let release: Release;
let previous: Release;

function settingsOf(role: string, settings: object): StackSettings {
  return parseStack({ role, service, ...settings }, `Pulumi.${role}.yaml`);
}

function declareTargets(): void {
  const cloud = settingsOf("cloud", {
    clusters: [{ name: "cluster" }],
    dockerHosts: [{ name: "docker", host: "unix:///run/x.sock", proxyImage }],
  });
  const onprem = settingsOf("onprem", {
    sites: [{ name: "site", host: "10.77.1.2", user: "root", hostKey: "ssh-ed25519 AAAA", proxyImage }],
  });
  const partners = settingsOf("partners", {
    partners: [
      { name: "usgs", url: "ftp://hms@10.77.11.2/inbox", password: { file: "LICENSE" } },
      { name: "noaa", url: "ftps://hms@10.77.12.2/inbox", password: { file: "LICENSE" }, caFile: "LICENSE" },
      {
        name: "fema",
        url: "sftp://hms@10.77.13.2/inbox",
        password: { file: "LICENSE" },
        hostKey: { file: "LICENSE" },
      },
    ],
  });
  if (cloud.role !== "cloud" || onprem.role !== "onprem" || partners.role !== "partners") {
    throw new Error("a stack has another role");
  }
  for (const settings of cloud.clusters) {
    new KubernetesTarget(settings.name, { target: `cloud/${settings.name}`, service, release, settings });
  }
  for (const settings of cloud.dockerHosts) {
    new DockerTarget(settings.name, {
      target: `cloud/${settings.name}`,
      service,
      release,
      previous,
      settings,
    });
  }
  for (const settings of onprem.sites.filter(hasLine)) {
    new Site(settings.name, { target: `onprem/${settings.name}`, service, release, settings });
  }
  for (const settings of partners.partners) {
    const target = `partners/${settings.name}` as const;
    new PartnerDrop(settings.name, { target, release, bundlePath: "b.zip", settings });
  }
}

/** What the configuration beside the stacks says of the lab, said of these targets. */
const configured: Readonly<Record<string, object>> = {
  "image-of-release": { images: [proxyImage] },
  "image-registry": { images: [proxyImage] },
  "partner-encrypted": {
    waivers: [{ target: "partners/usgs", until: "2999-12-31", reason: "no FTPS", owner: "Ada" }],
  },
};

async function allSaid(declared: readonly Declared[], settings: typeof configured): Promise<Said[]> {
  const told: Said[] = [];
  for (const { type, name, inputs } of declared) {
    // The component that declares it is the part of its name before the first hyphen.
    const [parent = ""] = name.split("-");
    const stack = ["usgs", "noaa", "fema"].includes(parent) ? "partners" : "cloud";
    const component = declared.find((other) => other.name === parent)?.type;
    const secrets = type === "command:remote:Command" ? ["stdout", "stderr"] : [];
    const resource = { type, name, stack, props: inputs, additionalSecretOutputs: secrets };
    for (const rule of rules) {
      const parts = parent === name ? {} : { parent, component };
      told.push(...(await said(rule, { ...resource, ...parts }, settings[rule.name])));
    }
  }
  return told;
}

describe("the program", () => {
  let declared: Declared[];
  beforeAll(async () => {
    previous = aReleaseOfTheTrail({
      tag: "aaaaaaa",
      image: `registry.example.gov/flood-formula@sha256:${"11".repeat(32)}`,
    });
    release = addRelease({
      tag: "bbbbbbb",
      image: `registry.example.gov/flood-formula@sha256:${"22".repeat(32)}`,
    });
    declared = await record({
      "pulumi:providers:docker": {},
      "pulumi:providers:kubernetes": {},
      "docker:index/network:Network": {},
      "docker:index/remoteImage:RemoteImage": { imageId: `sha256:${"1d".repeat(32)}` },
      "docker:index/container:Container": {},
      "random:index/randomId:RandomId": { hex: "beef" },
      "command:local:Command": { stdout: "" },
      "command:remote:Command": { stdout: "" },
      "kubernetes:core/v1:Namespace": {},
      "kubernetes:core/v1:Service": {},
      "kubernetes:apps/v1:Deployment": {},
      "kubernetes:policy/v1:PodDisruptionBudget": {},
      "kubernetes:networking.k8s.io/v1:NetworkPolicy": {},
      "pulumi-nodejs:dynamic/hms:Intent": {},
      "pulumi-nodejs:dynamic/hms:Drop": { holds: {} },
      "pulumi-nodejs:dynamic/hms:Receipt": { says: "runs it" },
    });
    declareTargets();
    await settled();
    expect(declared.length).toBeGreaterThan(30);
  });

  test("passes, with leave for the proxy and the partner on plain FTP", async () => {
    const told = await allSaid(declared, configured);
    expect(told.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "advisory: Waived for partners/usgs until 2999-12-31 by Ada (no FTPS). " +
        "usgs-drop goes by plain FTP. Use ftps:// or sftp://, or write a dated waiver in policy-config.json.",
    ]);
  });

  test("is refused for these two where no leave is given", async () => {
    const told = await allSaid(declared, {});
    expect(told.map(({ level, message }) => `${level}: ${message}`).toSorted()).toEqual([
      `mandatory: docker-proxy-image runs "${proxyImage}", which is not of bbbbbbb. Build a release of it, or name it in policy-config.json.`,
      `mandatory: site-ship runs "${proxyImage}", which is not of bbbbbbb. Build a release of it, or name it in policy-config.json.`,
      "mandatory: usgs-drop goes by plain FTP. Use ftps:// or sftp://, or write a dated waiver in policy-config.json.",
    ]);
  });
});
