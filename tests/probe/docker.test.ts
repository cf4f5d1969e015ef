/** What a docker host's answer means, with a program in the place of docker's. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { dockerHostSettings } from "../../core/config/cloud";
import { Refused, Unreachable } from "../../core/errors";
import { probeDockerHost } from "../../probe/docker";

const settings = dockerHostSettings.parse({
  name: "cloud",
  host: "ssh://deploy@10.0.0.1",
  proxyImage: { file: "proxy" },
});

let machine: string;
const { PATH } = process.env;
beforeEach(() => {
  machine = mkdtempSync(path.join(os.tmpdir(), "hms-docker-"));
  mkdirSync(path.join(machine, "bin"));
  process.env["PATH"] = `${path.join(machine, "bin")}:${PATH ?? ""}`;
});
afterEach(() => {
  process.env["PATH"] = PATH;
  rmSync(machine, { recursive: true });
});

/** Puts a docker in place that only fails, by the host that the settings name. */
function dockerSays(said: string): void {
  const script = `#!/bin/sh\n[ "$DOCKER_HOST" = ssh://deploy@10.0.0.1 ] && printf '%s\\n' "${said}" >&2\nexit 1\n`;
  writeFileSync(path.join(machine, "bin", "docker"), script, { mode: 0o755 });
}

const overSsh = "error during connect: Get version: command [ssh -l deploy -- 10.0.0.1] has exited: stderr=";

test.each([
  [`${overSsh}Host key verification failed.`, Refused],
  [`${overSsh}deploy@10.0.0.1: Permission denied (publickey).`, Refused],
  [`${overSsh}x509: certificate signed by unknown authority`, Refused],
  ["Error response from daemon: client version 1.41 is too old", Refused],
  ["Got permission denied while trying to connect to the Docker daemon socket", Refused],
  [`${overSsh}ssh: connect to host 10.0.0.1 port 22: No route to host`, Unreachable],
  ["error during connect: dial tcp 10.0.0.1:2376: i/o timeout", Unreachable],
  ["Cannot connect to the Docker daemon at ssh://10.0.0.1. Is the docker daemon running?", Unreachable],
])("%s", async (said, kind) => {
  dockerSays(said);
  const asked = probeDockerHost("flood-formula", settings, 1);
  await expect(asked).rejects.toBeInstanceOf(kind);
  await expect(asked).rejects.toThrow(said);
});

test("a docker host that does not answer is tried again before it is out of reach", async () => {
  dockerSays("dial tcp 10.0.0.1:2376: i/o timeout");
  await expect(probeDockerHost("flood-formula", settings, 2)).rejects.toThrow(/i\/o timeout \(2 tries\)$/);
});
