/** The lab itself, while it is up: what serves, to whom, and that nothing of it can be reached or reach out. */
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { labControlGroup } from "../../lab/control-groups";
import { environmentFile, stacks } from "../../lab/environment";
import { imageFile } from "../../lab/images";
import { deployKey } from "../../lab/keys";
import { status, up } from "../../lab/lab";
import {
  cloudDocker,
  inLab,
  labRoot,
  ownAddresses,
  receiver,
  registry,
  serviceRepository,
  sites,
} from "../../lab/layout";
import { assertNothingLeaks } from "../../lab/leaks";
import { isWithin, link } from "../../lab/network";
import { processesOf } from "../../lab/processes";
import { hostKey, siteHome } from "../../lab/site";

jest.setTimeout(60_000);

const [site] = sites;
let folder: string;
beforeAll(async () => {
  await up({ kubernetes: false });
  folder = mkdtempSync(path.join(tmpdir(), "hms-lab-"));
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const docker = (...args: string[]) =>
  execa("docker", args, { env: { DOCKER_HOST: `unix://${cloudDocker.socket}` }, reject: false });
const busybox = `${registry}/base/busybox`;

/** Runs a command on the site; by default as the pipeline does: with its key, and the site's key pinned. */
const ssh = (
  { key = deployKey, options = [] }: { key?: string; options?: string[] },
  ...command: string[]
) => {
  const known = path.join(folder, "known_hosts");
  writeFileSync(known, `${site.address} ${readFileSync(`${hostKey(site.name)}.pub`, "utf8")}`);
  const pinned = [
    "-o",
    `UserKnownHostsFile=${known}`,
    "-o",
    "StrictHostKeyChecking=yes",
    "-o",
    "BatchMode=yes",
  ];
  const argv = [
    "-F",
    "none",
    "-i",
    key,
    "-o",
    "IdentitiesOnly=yes",
    ...pinned,
    "-o",
    "ConnectTimeout=10",
    ...options,
  ];
  return execa("ssh", [...argv, `root@${site.address}`, ...command], { reject: false });
};

const labProcesses = () => processesOf((mark) => mark.startsWith(`${labRoot}/`), labControlGroup);

test("all of it serves", async () => {
  expect(await status()).toMatchObject({
    up: true,
    cloud: true,
    registry: true,
    receiver: true,
    repository: true,
  });
});

test("a second up starts nothing", async () => {
  const daemons = () => globSync(`${labRoot}/**/*.pid`).map((file) => [file, readFileSync(file, "utf8")]);
  const before = daemons();
  await up({ kubernetes: false });
  expect(daemons()).toEqual(before);
  expect(before.length).toBeGreaterThan(8);
});

test("nothing of it listens but on loopback and the lab's own addresses", async () => {
  const mine = new Set(labProcesses().map(({ pid }) => String(pid)));
  const listeners = (await execa("ss", ["-Hltnup"])).stdout
    .split("\n")
    .map((line) => ({
      // Without the link's name, as in `127.0.0.1%lo:53`.
      address: (line.trim().split(/\s+/)[4] ?? "").replace(/(%\w+)?:\d+$/, ""),
      pids: [...line.matchAll(/pid=(\d+)/g)].map(([, pid]) => pid ?? ""),
    }))
    .filter(({ pids }) => pids.some((pid) => mine.has(pid)));
  expect(listeners.length).toBeGreaterThanOrEqual(2);
  for (const { address } of listeners) {
    expect([address, /^(127\.|\[::1\]$)/.test(address) || isWithin(ownAddresses, address)]).toEqual([
      address,
      true,
    ]);
  }
});

describe("a site", () => {
  test("lets the pipeline's key in, and has what the pipeline needs there", async () => {
    const needed =
      "command -v rsync openssl docker && docker version --format '{{.Server.Version}}' && echo $DOCKER_HOST";
    const { stdout, stderr } = await ssh({}, needed);
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`unix://${siteHome(site.name).replace(/srv$/, "docker.sock")}$`));
  });

  test("lets nobody else in, and leads nowhere", async () => {
    const key = path.join(folder, "stranger");
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const stranger = await ssh({ key }, "true");
    expect(stranger.stderr).toMatch(/Permission denied \(publickey\)/);
    const forwarded = await ssh({ options: ["-W", "127.0.0.1:22"] });
    expect(forwarded.stderr).toMatch(/administratively prohibited/);
    const out = await ssh({}, "busybox nc -w 3 198.51.100.1 80");
    expect(out.stderr).toMatch(/Network is unreachable/);
  });

  test("off the line is found out within seconds, and no packet goes elsewhere", async () => {
    await link(site.name, "down");
    try {
      await assertNothingLeaks();
      const begin = Date.now();
      const { exitCode, stderr } = await ssh({}, "true");
      expect([exitCode, stderr]).toEqual([255, expect.stringMatching(/No route to host/)]);
      expect(Date.now() - begin).toBeLessThan(6_000);
      expect((await status()).sites[0]).toMatchObject({ name: site.name, link: "down", docker: true });
    } finally {
      await link(site.name, "up");
    }
    expect((await ssh({}, "echo", "back")).stdout).toBe("back");
  });
});

describe("the cloud's docker engine", () => {
  test("has the base images, by the digests that the settings refer to", async () => {
    const commands = {
      busybox: ["sh", "-c", "echo sh works"],
      node: ["node", "-p", "`node ${process.version}, user ${process.getuid()}`"],
      caddy: ["caddy", "version"],
    };
    const output = async ([name, command]: [string, string[]]): Promise<string> => {
      const image = readFileSync(imageFile(name), "utf8").trim();
      expect(image).toMatch(new RegExp(`^${registry}/base/${name}@sha256:[0-9a-f]{64}$`));
      const { stdout, stderr } = await docker("run", "--rm", "--network=none", image, ...command);
      return stdout || stderr;
    };
    const outputs = [];
    for (const entry of Object.entries(commands)) outputs.push(await output(entry));
    expect(outputs).toEqual([
      "sh works",
      `node ${process.version}, user 0`,
      expect.stringMatching(/^v?2\.\d+\.\d+/),
    ]);
  });

  test("takes no image from outside, and says so at once", async () => {
    const begin = Date.now();
    const { exitCode, stderr } = await docker("pull", "busybox:latest");
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/connection refused/)]);
    expect(Date.now() - begin).toBeLessThan(5_000);
  });

  test("lets no container out", async () => {
    const network = "hms-test-way-out";
    await docker("network", "create", network);
    try {
      for (const name of ["bridge", network]) {
        const call = ["nc", "-w", "3", "198.51.100.1", "80"];
        const { stderr } = await docker("run", "--rm", "--network", name, busybox, ...call);
        expect(stderr).toMatch(/can't connect to remote host .*unreachable/);
      }
    } finally {
      await docker("network", "rm", network);
    }
  });

  test("publishes ports on loopback only, on every kind of network", async () => {
    const network = "hms-test-ports";
    await docker("network", "create", network);
    const serve = (port: string) =>
      docker(
        "run",
        "--detach",
        "--rm",
        "--network",
        network,
        "--publish",
        port,
        busybox,
        "httpd",
        "-f",
        "-p",
        "80",
      );
    try {
      const open = await serve("18099:80");
      expect(open.stderr).toMatch(
        /the lab's cloud publishes ports on loopback only: publish 127\.0\.0\.1:PORT:PORT/,
      );
      const loopback = await serve("127.0.0.1:18099:80");
      expect((await fetch("http://127.0.0.1:18099/")).status).toBe(404);
      await docker("kill", loopback.stdout);
    } finally {
      const { stdout } = await docker("ps", "--all", "--quiet", "--filter", `network=${network}`);
      for (const id of stdout.split("\n").filter(Boolean)) await docker("rm", "--force", id);
      await docker("network", "rm", network);
    }
  });
});

test("the registry forgets an image when it is told to", async () => {
  const name = `${registry}/test/forget:latest`;
  const insecure = [
    "--insecure-policy",
    "copy",
    "--quiet",
    "--src-tls-verify=false",
    "--dest-tls-verify=false",
  ];
  await execa("skopeo", [...insecure, `docker://${busybox}:latest`, `docker://${name}`]);
  const digest = readFileSync(imageFile("busybox"), "utf8").trim().split("@")[1] ?? "";
  const url = `http://${registry}/v2/test/forget/manifests/${digest}`;
  expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
  expect((await fetch(url)).status).toBe(404);
});

test("the receiver keeps what it got in its files", async () => {
  const text = `test ${Date.now()}`;
  await fetch(`${receiver}/annotate`, { method: "POST", body: text });
  const { stdout } = await execa("grep", ["-rl", text, inLab("receiver", "requests")]);
  expect(stdout).toMatch(/\/\d{6}\.json$/);
});

test("a shell that reads the environment finds the stacks, whose files stay as they are", async () => {
  const { stdout } = await execa("sh", ["-c", `. ${environmentFile}; pulumi stack ls --json`]);
  const found = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
  expect(found.sort()).toEqual([...stacks].sort());
  const { stdout: changed } = await execa("git", ["diff", "--name-only", "--", "Pulumi.*.yaml"]);
  expect(changed).toBe("");
});

test("a push to the service's repository runs the product's hook", () => {
  const hook = readFileSync(path.join(serviceRepository, "hooks", "post-receive"), "utf8");
  expect(hook).toContain("hook receive");
  expect(hook).toContain(environmentFile);
});
