import { describe, expect, test } from "@jest/globals";
import { persist } from "../../lab/standin/command/connection";
import { credentialsOf } from "../../lab/standin/command/credentials";
import { dialError } from "../../lab/standin/command/dial";
import { commandLine, localKind, runFunction } from "../../lab/standin/command/local";
import { remoteKind } from "../../lab/standin/command/remote";
import { commandResource } from "../../lab/standin/command/resource";
import { exitReason } from "../../lab/standin/command/session";
import { previousOutput } from "../../lab/standin/command/transcript";
import type { Context } from "../../lab/standin/provider/provider";
import { Secret, unknown, type Values } from "../../lab/standin/provider/values";

function contextOf(messages: string[] = []): Context {
  return { signal: new AbortController().signal, log: (_severity, message) => messages.push(message) };
}

const context = contextOf();
const local = commandResource(localKind);
const remote = commandResource(remoteKind);

const check = async (resource: typeof local, inputs: Values) =>
  resource.check({ name: "c", oldInputs: {}, inputs, seed: new Uint8Array() }, context);

describe("inputs", () => {
  test("the connection is secret, with its defaults", async () => {
    const { inputs, failures } = await check(remote, {
      create: "true",
      connection: { host: "h", password: new Secret("p") },
    });
    expect(failures).toEqual([]);
    expect(inputs["addPreviousOutputInEnv"]).toBe(true);
    expect(inputs["connection"]).toEqual(
      new Secret({
        host: "h",
        password: new Secret("p"),
        port: 22,
        user: "root",
        dialErrorLimit: 10,
        perDialTimeout: 15,
      }),
    );
  });

  test("a connection needs a host", async () => {
    const { failures } = await check(remote, { connection: new Secret({ user: "me" }) });
    expect(failures).toEqual([
      { property: "connection.host", reason: '"connection.host" is missing: it must be given.' },
    ]);
  });

  test("files are refused by name", async () => {
    const { failures } = await check(local, { create: "true", assetPaths: ["*.txt"] });
    expect(failures.map(({ property }) => property)).toEqual(["assetPaths"]);
  });

  test("triggers may be anything", async () => {
    const { failures } = await check(local, { triggers: [1, { a: true }, ["x"], unknown] });
    expect(failures).toEqual([]);
  });
});

describe("differences", () => {
  const state: Values = {
    create: "a",
    triggers: ["1"],
    addPreviousOutputInEnv: true,
    stdout: "out",
    stderr: "",
  };
  const inputs: Values = { create: "a", triggers: ["1"], addPreviousOutputInEnv: true };
  const changes = (changed: Values) => local.diff({ state, inputs: { ...inputs, ...changed } }).changes;

  test("there are none when nothing changed", () => {
    expect(changes({})).toEqual([]);
  });

  test("a trigger replaces", () => {
    expect(changes({ triggers: ["2"] })).toEqual([{ path: "triggers[0]", kind: "update", replaces: true }]);
  });

  test("anything else updates, the connection as well", () => {
    expect(changes({ create: "b", update: "c" })).toEqual([
      { path: "create", kind: "update", replaces: false },
      { path: "update", kind: "add", replaces: false },
    ]);
    const [old, now] = ["a", "b"].map((host) => ({ connection: new Secret({ host }) }));
    expect(remote.diff({ state: old ?? {}, inputs: now ?? {} }).changes).toEqual([
      { path: "connection", kind: "update", replaces: false },
    ]);
  });
});

describe("a preview", () => {
  const state: Values = { create: "a", stdout: "out", stderr: "err" };
  const updated = (inputs: Values) => local.update({ id: "i", state, inputs, preview: true }, context);

  test("a new command's output is unknown", async () => {
    const { id, outputs } = await local.create(
      { name: "c", inputs: { create: "a" }, preview: true },
      context,
    );
    expect([id, outputs["stdout"], outputs["stderr"]]).toEqual(["", unknown, unknown]);
  });

  test("a changed command's output is unknown", async () => {
    expect(await updated({ create: "b" })).toEqual({ create: "b", stdout: unknown, stderr: unknown });
    expect(await updated({ create: unknown })).toMatchObject({ stdout: unknown });
  });

  test("it stays known when something is only added", async () => {
    expect(await updated({ create: "a", delete: "d" })).toMatchObject({ stdout: "out", stderr: "err" });
  });
});

describe("a local command", () => {
  const created = async (inputs: Values, messages: string[] = []) =>
    (await local.create({ name: "c", inputs, preview: false }, contextOf(messages))).outputs;

  test("runs in a shell, or as its interpreter says", () => {
    expect(commandLine("a | b", undefined)).toEqual(["/bin/sh", "-c", "a | b"]);
    expect(commandLine("a", ["node", "-e"])).toEqual(["node", "-e", "a"]);
  });

  test("gets its input, its variables and its folder, and loses one newline at the end", async () => {
    const inputs = {
      create: "cat; echo $A; pwd; echo; echo oops >&2",
      stdin: "in\n",
      environment: { A: "b" },
      dir: "/",
    };
    expect(await created(inputs)).toMatchObject({ stdout: "in\nb\n/\n", stderr: "oops" });
  });

  test("shows what it is told to", async () => {
    const [both, one, none]: string[][] = [[], [], []];
    const create = "echo out; printf err >&2";
    await created({ create }, both);
    await created({ create, logging: "stderr" }, one);
    await created({ create, logging: "none" }, none);
    expect([both?.sort(), one, none]).toEqual([["err", "out"], ["err"], []]);
  });

  test("its failure tells the exit code, the command and everything it wrote", async () => {
    const failing = created({ create: 'echo "a"; exit 3' });
    await expect(failing).rejects.toThrow('exit status 3: running "echo \\"a\\"; exit 3":\na\n');
  });

  test("a missing program and a missing folder are told", async () => {
    await expect(created({ create: "x", interpreter: ["no-such-program"] })).rejects.toThrow(
      'exec: "no-such-program": executable file not found in $PATH',
    );
    await expect(created({ create: "x", dir: "/no/such" })).rejects.toThrow(
      "chdir /no/such: no such file or directory",
    );
  });

  test("an update hands over what was written before; so does the end", async () => {
    const state = { create: "true", delete: "test $PULUMI_COMMAND_STDOUT = old", stdout: "old", stderr: "" };
    const inputs = { create: "echo was $PULUMI_COMMAND_STDOUT" };
    expect(await local.update({ id: "i", state, inputs, preview: false }, context)).toMatchObject({
      stdout: "was old",
    });
    await expect(local.delete({ id: "i", state }, context)).resolves.toBeUndefined();
  });

  test("an update without a command keeps the output", async () => {
    const state = { stdout: "old", stderr: "e" };
    expect(
      await local.update({ id: "i", state, inputs: { stdin: "x" }, preview: false }, context),
    ).toMatchObject(state);
  });

  test("the function runs one, too", async () => {
    expect(await runFunction({ command: "echo hi" }, context)).toMatchObject({
      command: "echo hi",
      stdout: "hi",
    });
  });
});

test("previous output goes along unless it is empty or unwanted", () => {
  const output = { stdout: "a", stderr: "" };
  expect(previousOutput({}, output)).toEqual({ PULUMI_COMMAND_STDOUT: "a" });
  expect(previousOutput({ addPreviousOutputInEnv: false }, output)).toEqual({});
});

describe("errors of connections", () => {
  test.each([
    ["ECONNREFUSED", "dial tcp 10.0.0.1:22: connect: connection refused"],
    ["EHOSTUNREACH", "dial tcp 10.0.0.1:22: connect: no route to host"],
    ["ETIMEDOUT", "dial tcp 10.0.0.1:22: i/o timeout"],
    ["ENOTFOUND", "dial tcp: lookup 10.0.0.1: no such host"],
  ])("%s is told in the official words", (code, words) => {
    expect(dialError("10.0.0.1", 22, Object.assign(new Error("x"), { code }))).toBe(words);
  });

  test("an IPv6 address stands in brackets", () => {
    expect(dialError("::1", 22, new Error("odd"))).toBe("dial tcp [::1]:22: odd");
  });

  test.each<[number | null | undefined, string | undefined, string | undefined]>([
    [0, undefined, undefined],
    [3, undefined, "Process exited with status 3"],
    [null, "SIGKILL", "Process exited with status 128 from signal KILL"],
    [undefined, undefined, "wait: remote command exited without exit status or exit signal"],
  ])("the end with code %p and signal %p", (code, signal, reason) => {
    expect(exitReason(code, signal)).toBe(reason);
  });

  test("a limit of two failed dials makes three", async () => {
    const messages: string[] = [];
    let dials = 0;
    const dialing = persist("Dial", 2, contextOf(messages), () => {
      dials += 1;
      return Promise.reject(new Error("no"));
    });
    await expect(dialing).rejects.toThrow("after 2 failed attempts: no");
    expect(dials).toBe(3);
    expect(messages).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
  });

  test("the first dial that works is enough", async () => {
    let dials = 0;
    const dialing = persist("Dial", 5, context, () => {
      dials += 1;
      return dials < 2 ? Promise.reject(new Error("no")) : Promise.resolve("yes");
    });
    await expect(dialing).resolves.toBe("yes");
    expect(dials).toBe(2);
  });

  test("what is no host key is refused before anybody is dialled", async () => {
    const endpoint = { host: "h", port: 22, user: "u", password: "p", dialErrorLimit: 0, perDialTimeout: 0 };
    await expect(credentialsOf({ ...endpoint, hostKey: "nonsense" })).rejects.toThrow(
      "failed to parse host key",
    );
    await expect(credentialsOf({ ...endpoint, privateKey: "nonsense" })).rejects.toThrow(/^ssh: /);
  });
});
