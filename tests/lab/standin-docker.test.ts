/** What the plugin `docker` does on the lab's engines: the stand-in, and just so the official one. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as docker from "@pulumi/docker";
import { secret } from "@pulumi/pulumi";
import { execa } from "execa";
import { imageFile } from "../../lab/images";
import { deployKey } from "../../lab/keys";
import { cloudDocker, registry, sites } from "../../lab/layout";
import { hostKey, siteHome } from "../../lab/site";
import { inTestFolder, project, usePlugins } from "./plugin-project";

usePlugins();

const [site] = sites;
const host = `unix://${cloudDocker.socket}`;
const name = "hms-plugin-test";
const image = `${registry}/${name}`;
const cli = async (...args: string[]) =>
  (await execa("docker", args, { env: { DOCKER_HOST: host }, reject: false })).stdout;

const networks = () => cli("network", "ls", "-q", "--filter", `name=${name}`);

const context = () => inTestFolder("context");
const write = (file: string, text: string) => {
  writeFileSync(path.join(context(), file), text);
};
beforeAll(() => {
  mkdirSync(context());
  const base = readFileSync(imageFile("busybox"), "utf8").trim();
  write(
    "Dockerfile",
    `FROM ${base}\nCOPY message /message\nCMD ["sh", "-c", "trap exit TERM; sleep 600 & wait"]\n`,
  );
  write(".dockerignore", "*.log\n");
  write("message", "one");
});
afterAll(async () => {
  await cli("rm", "-f", name);
  for (const id of (await networks()).split("\n").filter(Boolean)) await cli("network", "rm", id);
  await cli("volume", "rm", name);
  await cli("image", "rm", "-f", `${image}:v1`);
});

const service =
  (container: Partial<docker.ContainerArgs> = {}) =>
  () => {
    const provider = new docker.Provider("engine", { host });
    const built = new docker.Image(
      "image",
      {
        imageName: `${image}:v1`,
        build: {
          context: context(),
          dockerfile: path.join(context(), "Dockerfile"),
          platform: `linux/${process.arch === "x64" ? "amd64" : process.arch}`,
          builderVersion: docker.BuilderVersion.BuilderV1,
        },
      },
      { provider },
    );
    const { imageId } = new docker.RemoteImage(
      "pulled",
      { name: built.repoDigest, keepLocally: true },
      { provider },
    );
    const network = new docker.Network("network", { name }, { provider });
    const volume = new docker.Volume("volume", { name }, { provider });
    const { id, ports } = new docker.Container(
      "container",
      {
        name,
        image: imageId,
        envs: [secret("TOKEN=hush-hush"), "LEVEL=info"],
        labels: [{ label: "release", value: "1" }],
        networksAdvanced: [{ name: network.name, aliases: ["service"] }],
        ports: [{ internal: 8080, ip: "127.0.0.1" }],
        volumes: [{ volumeName: volume.name, containerPath: "/data" }],
        healthcheck: {
          tests: ["CMD", "test", "-f", "/message"],
          interval: "1s",
          timeout: "5s",
          retries: 3,
        },
        wait: true,
        readOnly: true,
        user: "1000:1000",
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        tmpfs: { "/tmp": "size=1m" },
        memory: 32,
        memorySwap: 32,
        // What is not given here comes from the engine's own settings, and would be a difference the next time.
        logDriver: "json-file",
        logOpts: { "max-size": "1m", "max-file": "2" },
        restart: "unless-stopped",
        destroyGraceSeconds: 5,
        ...container,
      },
      { provider },
    );
    return Promise.resolve({ id, ports, digest: built.repoDigest });
  };

/** The digest that a tag has in the registry. */
async function digestOf(tag: string): Promise<string | null> {
  const url = `http://${registry}/v2/${name}/manifests/${tag}`;
  const accept = "application/vnd.docker.distribution.manifest.v2+json";
  return (await fetch(url, { method: "HEAD", headers: { accept } })).headers.get("docker-content-digest");
}

const setting = (format: string) => cli("inspect", "--format", format, name);

test("an image and its container: built, pushed, run, changed, replaced, mended, removed", async () => {
  const stack = await project("service");
  const first = await stack.up(service());
  expect(first.changes).toEqual({ create: 7 });
  expect(first.outputs["digest"]?.value).toBe(`${image}@${await digestOf("v1")}`);
  expect(await setting("{{.State.Health.Status}} {{.Config.User}}")).toBe("healthy 1000:1000");
  expect(await setting("{{json .Config.Env}}")).toContain("TOKEN=hush-hush");
  expect(stack.state()).not.toContain("hush-hush");

  write("ignored.log", "noise");
  expect((await stack.up(service())).changes).toEqual({ same: 7 });
  expect(await stack.refresh()).toEqual({ same: 7 });
  expect((await stack.up(service())).changes).toEqual({ same: 7 });

  const updated = await stack.up(service({ memory: 64, memorySwap: 64, restart: "always" }));
  expect(updated.changes).toEqual({ same: 6, update: 1 });
  expect(updated.outputs["id"]).toEqual(first.outputs["id"]);
  expect(await setting("{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}")).toBe("67108864 always");
  await stack.up(service());

  write("message", "two");
  const before = await digestOf("v1");
  expect(await stack.preview(service())).toEqual({ same: 4, update: 1, replace: 2 });
  expect(await digestOf("v1")).toBe(before);
  const replaced = await stack.up(service());
  expect(replaced.changes).toEqual({ same: 4, update: 1, replace: 2 });
  expect(replaced.outputs["id"]).not.toEqual(first.outputs["id"]);
  expect(await cli("exec", name, "cat", "/message")).toBe("two");
  expect(await digestOf("v1")).not.toBe(before);

  await cli("rm", "-f", name);
  expect(await stack.refresh()).toEqual({ same: 6, delete: 1 });
  expect((await stack.up(service())).changes).toEqual({ same: 6, create: 1 });

  const relabelled = await stack.up(service({ labels: [{ label: "release", value: "2" }] }));
  expect(relabelled.changes).toEqual({ same: 6, replace: 1 });
  expect(await setting('{{index .Config.Labels "release"}}')).toBe("2");

  await stack.destroy();
  expect(await cli("ps", "-aq", "--filter", `name=${name}`)).toBe("");
  expect(await cli("volume", "ls", "-q", "--filter", `name=${name}`)).toBe("");
  expect(await networks()).toBe("");
});

test("a container that ends at once is an error, and does not stay", async () => {
  const stack = await project("short");
  const short = service({ command: ["sh", "-c", "exit 7"], restart: "no", wait: false });
  await expect(stack.up(short)).rejects.toThrow("container exited immediately");
  expect(await cli("ps", "-aq", "--filter", `name=${name}`)).toBe("");
  expect((await stack.up(service())).changes).toMatchObject({ create: 1 });
});

test("an engine that is not there is told before anything happens", async () => {
  const stack = await project("nowhere");
  const nowhere = () => {
    const provider = new docker.Provider("engine", { host: `unix://${inTestFolder("none.sock")}` });
    new docker.Volume("volume", { name }, { provider });
    return Promise.resolve();
  };
  await expect(stack.preview(nowhere)).rejects.toThrow("failed to connect to any docker daemon");
});

test("a site's engine is reached by ssh, if it is the pinned one", async () => {
  const stack = await project("site");
  const knownHosts = inTestFolder("known_hosts");
  const sshOpts = [
    "-F",
    "none",
    "-i",
    deployKey,
    "-o",
    `UserKnownHostsFile=${knownHosts}`,
    "-o",
    "BatchMode=yes",
  ];
  const volume = () => {
    const provider = new docker.Provider("site", { host: `ssh://root@${site.address}`, sshOpts });
    const { mountpoint } = new docker.Volume("volume", { name }, { provider });
    return Promise.resolve({ mountpoint });
  };
  writeFileSync(knownHosts, `${site.address} ${readFileSync(`${deployKey}.pub`, "utf8")}`);
  await expect(stack.up(volume)).rejects.toThrow("Host key verification failed");
  writeFileSync(knownHosts, `${site.address} ${readFileSync(`${hostKey(site.name)}.pub`, "utf8")}`);
  const { outputs } = await stack.up(volume);
  expect(outputs["mountpoint"]?.value).toContain(path.dirname(siteHome(site.name)));
  expect(await cli("volume", "ls", "-q", "--filter", `name=${name}`)).toBe("");
  expect((await stack.up(volume)).changes).toEqual({ same: 3 });
});
