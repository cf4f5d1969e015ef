/** A docker host behind `ssh://`: everything that its target does and asks goes over the user's own ssh. */
import fs from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { down, up } from "../../lab/lab";
import { deployKey, makeKey } from "../../lab/keys";
import { cloudDocker, inLab } from "../../lab/layout";
import { changeFormula } from "../../lab/story";
import { projectFolder } from "../../store/project";
import * as world from "./world";

jest.setTimeout(180_000);

const stack = "cloud-docker";
const folder = inLab("docker-over-ssh");
const inFolder = (name: string): string => path.join(folder, name);
const logins = (): number =>
  fs.readFileSync(inFolder("sshd.log"), "utf8").match(/Accepted publickey/g)?.length ?? 0;

let sshd: ReturnType<typeof execa>;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** An sshd of this machine, behind which lies the lab's cloud; and an `ssh` that knows it and its key, as a user's settings would. */
async function startHost(): Promise<void> {
  fs.mkdirSync(folder, { recursive: true });
  await makeKey(inFolder("host"), "far");
  const port = String(await freePort());
  const settings = [
    ...[`ListenAddress 127.0.0.1:${port}`, `HostKey ${inFolder("host")}`, "PidFile none"],
    ...["UsePAM no", "PasswordAuthentication no", `AuthorizedKeysFile ${deployKey}.pub`, "StrictModes no"],
    `SetEnv DOCKER_HOST=unix://${cloudDocker.socket}`,
  ];
  fs.writeFileSync(inFolder("sshd_config"), `${settings.join("\n")}\n`);
  fs.mkdirSync("/run/sshd", { recursive: true });
  sshd = execa("/usr/sbin/sshd", ["-D", "-f", inFolder("sshd_config"), "-E", inFolder("sshd.log")], {
    reject: false,
  });

  fs.writeFileSync(
    inFolder("known_hosts"),
    `[127.0.0.1]:${port} ${fs.readFileSync(`${inFolder("host")}.pub`, "utf8")}`,
  );
  const client = [
    ...[
      "Host far",
      "HostName 127.0.0.1",
      `Port ${port}`,
      "User root",
      `IdentityFile ${deployKey}`,
      "BatchMode yes",
    ],
    ...[`UserKnownHostsFile ${inFolder("known_hosts")}`, "HostKeyAlgorithms ssh-ed25519"],
  ];
  fs.writeFileSync(inFolder("ssh_config"), `${client.join("\n")}\n`);
  fs.mkdirSync(inFolder("bin"));
  fs.writeFileSync(inFolder("bin/ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F ${inFolder("ssh_config")} "$@"\n`, {
    mode: 0o755,
  });
}

const searchPath = process.env["PATH"];

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  const shipped = await world.ship((copy) => changeFormula(copy, "near"), stack);
  expect([shipped.exitCode, (shipped as world.Refused).refused]).toEqual([0, undefined]);
  await startHost();
  process.env["PATH"] = `${inFolder("bin")}:${searchPath ?? ""}`;
});
afterAll(async () => {
  process.env["PATH"] = searchPath;
  sshd.kill();
  await sshd;
  await down();
});

test("is deployed to, read back, found unchanged and cleared by plain Pulumi", async () => {
  const settings = fs.readFileSync(path.join(projectFolder, `Pulumi.${stack}.yaml`), "utf8");
  const file = inFolder("far.yaml");
  fs.writeFileSync(file, settings.replace(`unix://${cloudDocker.socket}`, "ssh://far"));
  const pulumi = async (...args: string[]): Promise<void> => {
    const { exitCode, stdout, stderr } = await world.pulumi(...args, "-s", stack, "--config-file", file);
    expect([args, exitCode, exitCode === 0 ? "" : stdout + stderr]).toEqual([args, 0, ""]);
  };
  const { exitCode } = await world.pulumi("destroy", "-s", stack, "--yes", "--skip-preview");
  expect(exitCode).toBe(0);
  expect((await world.formulas())["docker"]).toBe("nothing");
  expect(logins()).toBe(0);

  await pulumi("up", "--yes", "--skip-preview");
  expect((await world.formulas())["docker"]).toBe("near");
  expect(logins()).toBeGreaterThan(3);

  await pulumi("preview", "--expect-no-changes");
  await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  await pulumi("destroy", "--yes", "--skip-preview");
  expect((await world.formulas())["docker"]).toBe("nothing");
});

test("is not talked to when its host key is another one", async () => {
  await makeKey(inFolder("other"), "other");
  const pinned = fs.readFileSync(inFolder("known_hosts"), "utf8").split(" ")[0] ?? "";
  fs.writeFileSync(
    inFolder("known_hosts"),
    `${pinned} ${fs.readFileSync(`${inFolder("other")}.pub`, "utf8")}`,
  );
  const { exitCode, stdout } = await world.pulumi(
    ...["up", "-s", stack, "--config-file", inFolder("far.yaml"), "--yes", "--skip-preview"],
  );
  expect(exitCode).not.toBe(0);
  expect(stdout).toContain("Host key verification failed");
  expect((await world.formulas())["docker"]).toBe("nothing");
});
