/** What the plugins do on the lab's servers: the stand-ins, and just so the official ones in their place. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { local, remote, type types } from "@pulumi/command";
import * as docker from "@pulumi/docker";
import { secret } from "@pulumi/pulumi";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { RandomId, RandomPassword } from "@pulumi/random";
import { execa } from "execa";
import { labEnvironment } from "../../lab/environment";
import { imageFile } from "../../lab/images";
import { deployKey, makeKey } from "../../lab/keys";
import { up } from "../../lab/lab";
import { cloudDocker, registry, sites } from "../../lab/layout";
import { hostKey, siteHome } from "../../lab/site";

jest.setTimeout(180_000);

const [site] = sites;
let folder: string;

beforeAll(async () => {
  await up({ kubernetes: false });
  folder = mkdtempSync(path.join(tmpdir(), "hms-plugins-"));
  Object.assign(process.env, await labEnvironment(), {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
  });
}, 300_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The stacks of the test that is running. */
const open: Stack[] = [];
afterEach(async () => {
  for (const stack of open.splice(0)) await stack.destroy();
});

type Changes = Partial<Record<string, number>>;

/** A project with one stack, whose program may be another one each time. */
async function project(name: string) {
  let program: PulumiFn = () => Promise.resolve();
  const workDir = path.join(folder, name);
  mkdirSync(workDir, { recursive: true });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: name, program: () => program() },
    { workDir },
  );
  open.push(stack);
  return {
    /** @returns what changed, and the program's outputs */
    async up(next: PulumiFn) {
      program = next;
      const { summary, outputs } = await stack.up();
      return { changes: summary.resourceChanges as Changes, outputs };
    },
    async preview(next: PulumiFn): Promise<Changes> {
      program = next;
      return (await stack.preview()).changeSummary;
    },
    async refresh(): Promise<Changes> {
      return (await stack.refresh()).summary.resourceChanges as Changes;
    },
    destroy: () => stack.destroy(),
    /** The state as it lies on the disk. */
    state: () => readFileSync(path.join(folder, ".pulumi", "stacks", name, "test.json"), "utf8"),
  };
}

describe("random values", () => {
  const values = (version: string) => async () => {
    const password = new RandomPassword("password", { length: 24, keepers: { version } });
    const id = new RandomId("id", { byteLength: 6 });
    return Promise.resolve({ password: password.result, hex: id.hex, base64: id.b64Std });
  };

  test("stay until a keeper changes, and a password is never written down", async () => {
    const random = await project("random");
    const first = await random.up(values("1"));
    expect(first.changes).toEqual({ create: 3 });
    expect(first.outputs["password"]).toEqual({ value: expect.stringMatching(/^.{24}$/), secret: true });
    expect(random.state()).not.toContain(JSON.stringify(first.outputs["password"]?.value).slice(1, -1));
    const bytes = Buffer.from(String(first.outputs["hex"]?.value), "hex");
    expect(bytes.toString("base64")).toBe(first.outputs["base64"]?.value);

    const second = await random.up(values("1"));
    expect(second).toEqual({ changes: { same: 3 }, outputs: first.outputs });

    const third = await random.up(values("2"));
    expect(third.changes).toEqual({ same: 2, replace: 1 });
    expect(third.outputs["password"]?.value).not.toBe(first.outputs["password"]?.value);
    expect(third.outputs["hex"]).toEqual(first.outputs["hex"]);
  });
});

describe("commands on a site", () => {
  const connection = (): types.input.remote.ConnectionArgs => ({
    host: site.address,
    privateKey: secret(readFileSync(deployKey, "utf8")),
    hostKey: readFileSync(`${hostKey(site.name)}.pub`, "utf8").trim(),
    dialErrorLimit: 2,
    perDialTimeout: 5,
  });

  /** What ran, line by line. */
  const log = path.join(siteHome(site.name), "plugin-test.log");
  const lines = () => readFileSync(log, "utf8").trim().split("\n");
  afterAll(() => {
    rmSync(log, { force: true });
  });

  const strangersKey = () => path.join(folder, "stranger");
  beforeAll(() => makeKey(strangersKey(), "stranger"));

  const command =
    (args: Omit<remote.CommandArgs, "connection">, way = connection) =>
    () => {
      const { stdout } = new remote.Command("command", {
        connection: way(),
        addPreviousOutputInEnv: false,
        ...args,
      });
      return Promise.resolve({ stdout });
    };
  const life = (name: string, trigger: string) =>
    command({
      create: `echo created ${name} | tee -a ${log}`,
      update: `echo updated ${name} | tee -a ${log}`,
      delete: `echo deleted ${name} >> ${log}`,
      triggers: [trigger],
    });

  test("run at creation, update, replacement and destruction, and not without a change", async () => {
    const commands = await project("commands");
    expect(await commands.preview(life("a", "1"))).toEqual({ create: 2 });
    expect(existsSync(log)).toBe(false);

    const first = await commands.up(life("a", "1"));
    expect(first.changes).toEqual({ create: 2 });
    expect(first.outputs["stdout"]?.value).toBe("created a");
    expect(commands.state()).not.toContain("PRIVATE KEY");

    expect((await commands.up(life("a", "1"))).changes).toEqual({ same: 2 });
    expect(await commands.refresh()).toEqual({ same: 2 });
    expect(lines()).toEqual(["created a"]);

    const changed = await commands.up(life("b", "1"));
    expect(changed.changes).toEqual({ same: 1, update: 1 });
    expect(changed.outputs["stdout"]?.value).toBe("updated b");

    expect((await commands.up(life("c", "2"))).changes).toEqual({ same: 1, replace: 1 });
    await commands.destroy();
    expect(lines()).toEqual(["created a", "updated b", "created c", "deleted b", "deleted c"]);
  });

  test("another way to the host runs the update", async () => {
    const commands = await project("ways");
    const args = { create: "echo created", update: "echo updated" };
    await commands.up(command(args));
    const patient = () => ({ ...connection(), perDialTimeout: 6 });
    const { changes, outputs } = await commands.up(command(args, patient));
    expect(changes).toEqual({ same: 1, update: 1 });
    expect(outputs["stdout"]?.value).toBe("updated");
  });

  test.each<[string, () => Omit<remote.CommandArgs, "connection">, () => object, RegExp]>([
    [
      "one that fails, with its code and all that it wrote",
      () => ({ create: "echo out; echo err >&2; exit 3" }),
      () => ({}),
      /Process exited with status 3: running "echo out; echo err >&2; exit 3":\n[^]*err/,
    ],
    [
      "another host key than the pinned one, after three tries",
      () => ({ create: "true" }),
      () => ({ hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBMRdfXhvE7QHI0bIOg1RoW/9wYb2VKnzJr5cLN4ZM5S" }),
      /after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch/,
    ],
    [
      "a stranger's key",
      () => ({ create: "true" }),
      () => ({ privateKey: readFileSync(strangersKey(), "utf8") }),
      /after 2 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
    ],
    [
      "a port where nobody listens",
      () => ({ create: "true" }),
      () => ({ port: 2222 }),
      /after 2 failed attempts: dial tcp [\d.]+:2222: connect: connection refused/,
    ],
    [
      "a variable that the server does not take, before anything runs",
      () => ({ create: `echo ran >> ${log}`, environment: { NOT_ACCEPTED: "1" } }),
      () => ({}),
      /could not set environment variable "NOT_ACCEPTED": ssh: setenv failed/,
    ],
  ])("tell of %s", async (_, args, way, message) => {
    const commands = await project("failures");
    rmSync(log, { force: true });
    const failing = commands.up(command(args(), () => ({ ...connection(), ...way() })));
    await expect(failing).rejects.toThrow(message);
    expect(existsSync(log)).toBe(false);
  });
});

test("a local command's output may be secret, and reaches its update", async () => {
  const commands = await project("local");
  const program = (args: local.CommandArgs) => () => {
    const { stdout } = new local.Command("command", args, { additionalSecretOutputs: ["stdout"] });
    return Promise.resolve({ stdout });
  };
  const create = "echo between$((1 + 1))us";
  const { outputs } = await commands.up(program({ create, logging: "none" }));
  expect(outputs["stdout"]).toEqual({ value: "between2us", secret: true });
  expect(commands.state()).not.toContain("between2us");
  const update = 'echo "was $PULUMI_COMMAND_STDOUT"';
  const updated = await commands.up(program({ create, update, logging: "none" }));
  expect(updated.outputs["stdout"]?.value).toBe("was between2us");
});

describe("docker", () => {
  const host = `unix://${cloudDocker.socket}`;
  const name = "hms-plugin-test";
  const image = `${registry}/${name}`;
  const cli = async (...args: string[]) =>
    (await execa("docker", args, { env: { DOCKER_HOST: host }, reject: false })).stdout;

  const networks = () => cli("network", "ls", "-q", "--filter", `name=${name}`);

  const context = () => path.join(folder, "context");
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
    expect(await setting("{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}")).toBe(
      "67108864 always",
    );
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
      const provider = new docker.Provider("engine", { host: `unix://${folder}/none.sock` });
      new docker.Volume("volume", { name }, { provider });
      return Promise.resolve();
    };
    await expect(stack.preview(nowhere)).rejects.toThrow("failed to connect to any docker daemon");
  });

  test("a site's engine is reached by ssh, if it is the pinned one", async () => {
    const stack = await project("site");
    const knownHosts = path.join(folder, "known_hosts");
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
});
