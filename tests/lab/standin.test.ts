/** What the plugins `random` and `command` do on the lab's servers: the stand-ins, and just so the official ones. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { local, remote, type types } from "@pulumi/command";
import { secret } from "@pulumi/pulumi";
import { RandomId, RandomPassword } from "@pulumi/random";
import { deployKey, makeKey } from "../../lab/keys";
import { sites } from "../../lab/layout";
import { hostKey, siteHome } from "../../lab/site";
import { inTestFolder, project, usePlugins } from "./plugin-project";

usePlugins();

const [site] = sites;

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

  const strangersKey = () => inTestFolder("stranger");
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
