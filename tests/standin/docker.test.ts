import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { Readable } from "node:stream";
import { olderVersion } from "../../lab/standin/docker/api";
import { configurationChanges, configurationOf } from "../../lab/standin/docker/configuration";
import { loginHeader, loginsIn } from "../../lab/standin/docker/credentials";
import { sshCommand, wayTo } from "../../lab/standin/docker/dial";
import { labelsFromEngine, labelsToEngine } from "../../lab/standin/docker/labels";
import { lineOf, messages } from "../../lab/standin/docker/messages";
import { networkRequest } from "../../lab/standin/docker/network";
import { repoDigestOf } from "../../lab/standin/docker/pull";
import { parseReference } from "../../lab/standin/docker/reference";
import { Docker } from "../../lab/standin/docker/session";
import { tarArchive } from "../../lab/standin/docker/tar";

describe("ways to an engine", () => {
  const relay = ["docker", "system", "dial-stdio"];

  test("ssh runs docker's own relay, with the user's options before ours", () => {
    expect(sshCommand("ssh://me@site:2222", ["-i", "key"])).toEqual(
      ["ssh", "-i", "key", "-o ConnectTimeout=30", "-T", "-l", "me", "-p", "2222", "--", "site"].concat(
        relay,
      ),
    );
  });

  test("a path on the other host is a socket there, and a time limit of the user's own stays", () => {
    expect(sshCommand("ssh://site/run/d.sock", ["-o", "ConnectTimeout=5"])).toEqual(
      "ssh -o ConnectTimeout=5 -T -- site docker --host=unix:///run/d.sock system dial-stdio".split(" "),
    );
  });

  test("a socket and a port", () => {
    expect(wayTo("unix:///run/d.sock", []).address).toMatchObject({ socketPath: "/run/d.sock" });
    expect(wayTo("tcp://10.0.0.1:2375", []).address).toMatchObject({ host: "10.0.0.1", port: "2375" });
  });

  test("anything else is refused", () => {
    expect(() => wayTo("npipe:////./pipe/docker", [])).toThrow(
      "is none of unix:///path, tcp://host:port and ssh://",
    );
  });

  test("the older version of the interface is spoken, by number", () => {
    expect(olderVersion("1.41", "1.47")).toBe("1.41");
    expect(olderVersion("1.5", "1.41")).toBe("1.5");
  });
});

describe("settings", () => {
  test("the host is given, or that of the environment, or docker's own", () => {
    expect(configurationOf({ host: "tcp://a:1" }, { DOCKER_HOST: "tcp://b:2" }).host).toBe("tcp://a:1");
    expect(configurationOf({}, { DOCKER_HOST: "tcp://b:2" }).host).toBe("tcp://b:2");
    expect(configurationOf({}, {}).host).toBe("unix:///var/run/docker.sock");
  });

  test("lists come as JSON", () => {
    const registryAuth = JSON.stringify([{ address: "https://r:5000", username: "u", password: "p" }]);
    expect(
      configurationOf({ sshOpts: '["-i","k"]', registryAuth, disableDockerDaemonCheck: "true" }, {}),
    ).toEqual({
      host: "unix:///var/run/docker.sock",
      sshOptions: ["-i", "k"],
      daemonCheck: false,
      logins: { "r:5000": { username: "u", password: "p", serveraddress: "https://r:5000" } },
    });
  });

  test("certificates are refused by name", () => {
    expect(() => configurationOf({ certPath: "/certs" }, {})).toThrow(
      'does not support the setting "certPath"',
    );
  });

  test("another password is no change, another host is one that replaces nothing", () => {
    const auth = (password: string) => ({
      registryAuth: JSON.stringify([{ address: "r", username: "u", password }]),
    });
    expect(configurationChanges(auth("a"), auth("b"))).toEqual([]);
    expect(configurationChanges({ host: "a" }, { host: "b" })).toEqual([
      { path: "host", kind: "update", replaces: false },
    ]);
  });

  test("log-ins of the docker command are read, and travel in a header", () => {
    const auth = Buffer.from("u:p:q").toString("base64");
    const logins = loginsIn(JSON.stringify({ auths: { "https://r/v1/": { auth } } }));
    expect(logins).toEqual({ r: { username: "u", password: "p:q", serveraddress: "https://r/v1/" } });
    expect(JSON.parse(Buffer.from(loginHeader(logins["r"]), "base64url").toString())).toEqual(logins["r"]);
  });
});

describe("names of images", () => {
  test.each([
    ["busybox", { repository: "busybox" }],
    ["library/busybox:1", { repository: "library/busybox", tag: "1" }],
    ["localhost/a", { repository: "localhost/a", registry: "localhost" }],
    ["127.0.0.1:5000/a/b:v1", { repository: "127.0.0.1:5000/a/b", registry: "127.0.0.1:5000", tag: "v1" }],
    ["r.io/a@sha256:ab", { repository: "r.io/a", registry: "r.io", digest: "sha256:ab" }],
  ])("%s", (name, parts) => {
    expect(parseReference(name)).toEqual(parts);
  });

  test("an image is known by the digest of its own registry, else by any", () => {
    const RepoDigests = ["a/x@sha256:1", "b/x@sha256:2"];
    expect(repoDigestOf("b/x:v1", { Id: "i", RepoDigests })).toBe("b/x@sha256:2");
    expect(repoDigestOf("c/x:v1", { Id: "i", RepoDigests })).toBe("a/x@sha256:1");
    expect(repoDigestOf("c/x:v1", { Id: "i", RepoDigests: null })).toBe("");
  });
});

describe("messages", () => {
  test("come one per line, and are told with their layer", async () => {
    const said = [];
    const answer = '{"status":"Pushing","progress":"[=>]","id":"abc"}\r\n{"stream":"Step 1\\n"}\n\n';
    for await (const message of messages(Readable.from([answer.slice(0, 20), answer.slice(20)])))
      said.push(lineOf(message));
    expect(said).toEqual(["abc: Pushing [=>]", "Step 1"]);
  });

  test("an error in them is one", () => {
    expect(() => lineOf({ error: "short", errorDetail: { message: "long" } })).toThrow("long");
    expect(() => lineOf({ errorDetail: { code: 401, message: "x" } })).toThrow("authentication is required");
  });
});

test("a network is asked for with its subnets", () => {
  expect(networkRequest({ name: "n", ipamConfigs: [{ subnet: "10.0.0.0/24" }] })).toMatchObject({
    Name: "n",
    IPAM: { Config: [{ Subnet: "10.0.0.0/24" }] },
  });
});

test("labels go to the engine by name, and come back in order of their names", () => {
  const [a, b] = ["a", "b"].map((label) => ({ label, value: "1" }));
  expect(labelsToEngine([b, a])).toEqual({ a: "1", b: "1" });
  expect(labelsFromEngine({ b: "1", a: "1" })).toEqual([a, b]);
});

test("an unconfigured provider says so", () => {
  expect(() => new Docker().engine()).toThrow("The docker provider is not configured.");
});

test("an archive is read by tar: files, folders, links, long names, permissions", () => {
  const modified = new Date(1_700_000_000_000);
  const long = `d/${"n".repeat(120)}`;
  const archive = tarArchive([
    { name: "d", mode: 0o755, modified },
    { name: "d/f", mode: 0o744, modified, content: Buffer.from("content") },
    { name: long, mode: 0o600, modified, content: Buffer.alloc(0) },
    { name: "d/link", mode: 0o777, modified, target: "f" },
  ]);
  const listed = execFileSync("tar", ["-tvf", "-", "--utc", "--numeric-owner"], {
    input: archive,
  }).toString();
  const lines = listed
    .trim()
    .split("\n")
    .map((line) => line.split(/ +/));
  expect(lines.map(([mode, owner, size]) => [mode, owner, size])).toEqual([
    ["drwxr-xr-x", "0/0", "0"],
    ["-rwxr--r--", "0/0", "7"],
    ["-rw-------", "0/0", "0"],
    ["lrwxrwxrwx", "0/0", "0"],
  ]);
  expect(lines.map((words) => words.slice(3).join(" "))).toEqual([
    "2023-11-14 22:13 d/",
    "2023-11-14 22:13 d/f",
    `2023-11-14 22:13 ${long}`,
    "2023-11-14 22:13 d/link -> f",
  ]);
  expect(execFileSync("tar", ["-xOf", "-", "d/f"], { input: archive }).toString()).toBe("content");
});
