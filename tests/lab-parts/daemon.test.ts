import { expect, test } from "@jest/globals";
import { identityIn, launchArgv, recipeOf } from "../../lab/daemon";

test("a daemon enters its host's network first, then mounts of its own, and notes itself before it begins", () => {
  const argv = launchArgv({
    name: "sshd",
    folder: "/lab",
    host: "anchorage",
    privateMounts: true,
    command: ["sshd", "-D"],
  });
  expect(argv.slice(0, 5)).toEqual([
    "nsenter",
    "--net=/run/netns/hms-anchorage",
    "unshare",
    "--mount",
    "--propagation",
  ]);
  expect(argv.slice(5, 8)).toEqual(["slave", "sh", "-c"]);
  expect(argv.slice(-4)).toEqual(["/lab/sshd.pid", expect.stringMatching(/^[0-9a-f]{64}$/), "sshd", "-D"]);
  expect(launchArgv({ name: "d", folder: "/lab", command: ["d"] })[0]).toBe("sh");
});

const stat = "4711 (sshd) S 1 4711 4711 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 9 10";

test("a pid file counts for the machine's current start alone", () => {
  expect(identityIn(`${stat}\nboot-1\n`, "boot-1\n")).toMatchObject({ pid: 4711, started: 123456 });
  expect(identityIn(`${stat}\nboot-1\n`, "boot-2\n")).toBeUndefined();
  expect(identityIn(stat.slice(0, 20), "boot-1\n")).toBeUndefined();
  expect(identityIn("", "boot-1\n")).toBeUndefined();
});

test("a daemon is another one as soon as its command, its settings or its surroundings are", () => {
  const daemon = {
    name: "d",
    folder: "/lab",
    command: ["d", "-x"] as [string, ...string[]],
    settings: "a = 1",
  };
  const others = [
    { ...daemon, command: ["d"] as [string] },
    { ...daemon, settings: "a = 2" },
    { ...daemon, env: { A: "1" } },
    { ...daemon, host: "anchorage" },
    { ...daemon, privateMounts: true },
  ];
  expect(new Set([daemon, ...others].map(recipeOf)).size).toBe(6);
  expect(recipeOf({ ...daemon })).toBe(recipeOf(daemon));
});
