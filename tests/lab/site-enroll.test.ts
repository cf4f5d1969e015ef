/** A site is enrolled, shipped to, abused by whoever has its key, mended, and let go: with the real sshd, rsync and docker. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { parse } from "yaml";
import { openings } from "../../components/site/rsync";
import { makeStack } from "../../lab/environment";
import { imageFile } from "../../lab/images";
import { deployKey, makeKey, trustedKeys } from "../../lab/keys";
import { up } from "../../lab/lab";
import { inLab, newSite as site } from "../../lab/layout";
import { link } from "../../lab/network";
import { changeFormula } from "../../lab/story";
import { hostKey, removeSite, siteEtc, siteHome, upSite } from "../../lab/site";
import type { EnrollResult } from "../../pipeline/sites/enroll";
import { hostKeyOf } from "../../pipeline/sites/host-key";
import { projectFolder, trailFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { type Done, hms, pulumi, ship, states } from "./world";

jest.setTimeout(300_000);

// Of its own for each run: the trail forgets no enrolment.
const stack = `frontier-${Date.now().toString(36)}`;
const service = "flood-formula";
const srv = siteHome(site.name);
const home = path.join(srv, service);
const [[opening] = [""]] = openings(home);
const stackFile = path.join(projectFolder, `Pulumi.${stack}.yaml`);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-enroll-"));
const key = path.join(folder, "key");
const newKey = path.join(folder, "new-key");
const pinFile = path.join(folder, "barrow.hostkey.pub");
let fingerprint: string;

beforeAll(async () => {
  process.env["HMS_TRAIL"] = inLab("trail");
  await removeSite(site);
  await up({ kubernetes: false });
  await upSite(site);
  await Promise.all([makeKey(key, "deploy"), makeKey(newKey, "deploy")]);
  fs.rmSync(path.join(srv, ".trusted"), { recursive: true });
  const [type = "", base64 = ""] = fs.readFileSync(`${hostKey(site.name)}.pub`, "utf8").split(" ");
  ({ fingerprint } = hostKeyOf(`${type} ${base64}`));
  list([]);
  await makeStack(stack);
}, 300_000);

afterAll(async () => {
  await pulumi("stack", "rm", "--yes", "--force", "--stack", stack);
  fs.rmSync(stackFile, { force: true });
  await removeSite(site);
  fs.rmSync(folder, { recursive: true });
}, 120_000);

/** Writes the stack's settings, as its owner does. */
function list(sites: unknown[]): void {
  const old = fs.existsSync(stackFile)
    ? (parse(fs.readFileSync(stackFile, "utf8")) as Record<string, unknown>)
    : {};
  const config = { "hms:role": "onprem", "hms:service": service, "hms:sites": sites };
  fs.writeFileSync(stackFile, JSON.stringify({ ...old, config }));
}

const admin = ["--stack", stack, "--admin-key", deployKey, "--dial-timeout", "2"];

const enroll = (...args: string[]): Promise<Done> => hms("site", "enroll", site.name, ...admin, ...args);

const first = ["--host", site.address, "--folder", srv, "--key", key, "--pin", pinFile];

/** Asks the site for something, as whoever has a key. */
const ssh = (command: string[], options: string[] = [], by = key) =>
  execa("ssh", [...login(by), ...options, `hms@${site.address}`, ...command], { reject: false, input: "" });

const login = (by: string): string[] => {
  const known = path.join(folder, "known_hosts");
  fs.writeFileSync(known, `${site.address} ${fs.readFileSync(`${hostKey(site.name)}.pub`, "utf8")}`);
  const options = [
    `UserKnownHostsFile=${known}`,
    "StrictHostKeyChecking=yes",
    "BatchMode=yes",
    "IdentitiesOnly=yes",
  ];
  return ["-F", "none", "-i", by, ...options.flatMap((option) => ["-o", option])];
};

const modes = (file: string): string => {
  const { mode, uid } = fs.lstatSync(path.join(srv, file));
  return `${(mode & 0o777).toString(8)} ${uid === 0 ? "root" : "account"}`;
};

describe("before", () => {
  test("there is nothing to update", async () => {
    const { exitCode, stderr } = await enroll("--update");
    expect([exitCode, stderr]).toEqual([
      1,
      "hms: barrow was not enrolled yet: there is nothing to update. Say where it is with --host, and leave --update out.",
    ]);
  });

  test("a host key that nobody confirms is not taken", async () => {
    const { exitCode, stderr } = await enroll(...first);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      `Nobody is here to confirm that ${fingerprint} (ssh-ed25519) is the key of ${site.address}. On the site's own console`,
    );
    expect(stderr).toContain(`${site.address} shows ${fingerprint} (ssh-ed25519)`);
  });

  test("another one than was said is refused", async () => {
    const other = `SHA256:${"A".repeat(43)}`;
    const { exitCode, stderr } = await enroll(...first, "--fingerprint", other);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      `hms: ${site.address} shows ${fingerprint} (ssh-ed25519), and not ${other}: somebody else`,
    );
  });

  test("what the site has not is said, and nothing is changed", async () => {
    const engine = ["--docker-host", "unix:///run/nowhere.sock"];
    const { exitCode, stderr } = await enroll(...first, "--fingerprint", fingerprint, ...engine);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      "hms: barrow can't be enrolled yet: nothing was changed there.\nNo docker engine answers at unix:///run/nowhere.sock on barrow.",
    );
    expect(fs.existsSync(pinFile)).toBe(false);
    expect(fs.readdirSync(srv)).toEqual([]);
  });

  test("an administrator whom the site does not know is named", async () => {
    const { exitCode, stderr } = await enroll(...first, "--fingerprint", fingerprint, "--admin-key", newKey);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /hms: barrow does not let root@10\.77\.3\.2 in \(.*Permission denied.*--admin-key\.$/m,
    );
  });
});

let settings: Record<string, unknown>;

test("an enrolment gives the account its place, and leaves the rest to root", async () => {
  const { exitCode, stdout, stderr } = await enroll(...first, "--fingerprint", fingerprint, "--json");
  expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
  const result = JSON.parse(stdout) as EnrollResult;
  expect(result).toMatchObject({
    target: `${stack}/barrow`,
    user: "hms",
    fingerprint,
    hostKeyFile: pinFile,
    tried: true,
    settings: { file: `Pulumi.${stack}.yaml`, there: false },
  });
  expect(directoryTrail(trailFolder()).entries()[result.entry - 1]?.body).toMatchObject({
    type: "site-enrolled",
    target: `${stack}/barrow`,
    fingerprint,
    keys: fs.readdirSync(trustedKeys).map((name) => path.basename(name, ".pem")),
  });
  expect({
    srv: modes("."),
    trusted: modes(".trusted"),
    key: modes(path.join(".trusted", fs.readdirSync(path.join(srv, ".trusted"))[0] ?? "")),
    gate: modes(`.gate/${service}/gate.sh`),
    script: modes(`.gate/${service}/bin/activate.sh`),
    home: modes(".account"),
    keys: modes(".account/.ssh/authorized_keys"),
    service: modes(service),
  }).toEqual({
    ...{ srv: "755 root", trusted: "755 root", key: "644 root", gate: "644 root", script: "644 root" },
    ...{ home: "755 root", keys: "644 root", service: "750 account" },
  });
  // The site's accounts, not this machine's.
  expect(fs.readFileSync(path.join(siteEtc(site.name), "shadow"), "utf8")).toMatch(/^hms:\*:/m);
  expect(fs.readFileSync("/etc/passwd", "utf8")).not.toMatch(/^hms:/m);
  settings = {
    ...(parse(result.settings.yaml) as [Record<string, unknown>])[0],
    proxyImage: { file: imageFile("caddy") },
  };
});

test("a release comes there through the whole pipeline, and its receipt back", async () => {
  list([settings]);
  const result = await ship((copy) => changeFormula(copy, "b1"), stack);
  expect([result.refused, states(result)]).toEqual([undefined, { [`${stack}/barrow`]: "current" }]);
  const answer = await fetch(`http://${site.address}:8080/risk?rainfall=1&elevation=1&soil=clay`);
  expect(await answer.json()).toMatchObject({ formula: "b1" });
  const { stdout } = await hms("pipeline", "status", "--stacks", stack, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ targets: [{ state: "current", health: "healthy" }] });
  expect((await hms("site", "list", "--stack", stack)).stdout).toMatch(
    /frontier-\w+\/barrow +hms@10\.77\.3\.2 +enrolled/,
  );
});

describe("whoever has the key", () => {
  const refused = (what: string): string =>
    `refused: this account takes releases of ${service}, and does nothing else${what}`;

  test.each([
    ["a program", ["id"], " (id)"],
    ["docker", ["docker", "ps"], " (docker)"],
    ["root by docker", ["docker", "run", "-v", "/:/host", "busybox"], " (docker)"],
    ["another service's files", ["cat", `${srv}/tax-formula/secret`], " (cat)"],
    ["the site's trusted keys", ["cp", "/tmp/x.pem", `${srv}/.trusted/x.pem`], " (cp)"],
    ["files of the site", ["rsync", "--server", "--sender", "-rt", ".", "/etc/"], " (rsync)"],
    [
      "files of the site behind what is let in",
      [`${opening} --server --sender -rt . /etc/`],
      " (rsync into /etc/)",
    ],
    ["its own files", [`${opening} --server --sender -rt . .`], " (rsync --sender)"],
    [
      "another command behind one",
      [`sh -s serving ${service}; id`],
      " (what was asked for has characters that none of that needs)",
    ],
    [
      "another command on a line of its own",
      [`sh -s serving ${service}\nid`],
      " (what was asked for has characters that none of that needs)",
    ],
    [
      "a way out by dots",
      [`sh ${home}/bin/activate.sh ${service} r i d p 8080 1 ../../x`],
      " (activate ../../x)",
    ],
  ])("does not get %s", async (_what, command, why) => {
    const { exitCode, stdout, stderr } = await ssh(command);
    expect([exitCode, stdout, stderr]).toEqual([1, "", refused(why)]);
  });

  test("does not get a terminal", async () => {
    const asked = await ssh([], ["-tt"]);
    expect([asked.stdout, asked.stderr]).toEqual([
      "",
      expect.stringContaining("PTY allocation request failed"),
    ]);
  });

  test("does not get a shell without one", async () => {
    const { exitCode, stderr } = await ssh([], ["-T"]);
    expect([exitCode, stderr]).toEqual([1, refused(": it has no shell")]);
  });

  test("does not get to other hosts through the site", async () => {
    const { exitCode, stderr } = await ssh([], ["-W", `${site.address}:22`]);
    expect([exitCode, stderr]).toEqual([255, expect.stringContaining("administratively prohibited")]);
  });

  test("does not get to docker's socket through the site", async () => {
    const local = path.join(folder, "docker.sock");
    const socket = path.join(path.dirname(srv), "docker.sock");
    const forward = execa("ssh", [...login(key), "-N", "-L", `${local}:${socket}`, `hms@${site.address}`], {
      reject: false,
      timeout: 8_000,
    });
    for (let n = 0; n < 50 && !fs.existsSync(local); n++) await new Promise((done) => setTimeout(done, 100));
    const { exitCode, stderr } = await execa("docker", ["-H", `unix://${local}`, "version"], {
      reject: false,
      timeout: 5_000,
    });
    expect([exitCode === 0, stderr]).toEqual([false, expect.any(String)]);
    forward.kill();
    expect((await forward).stderr).toContain("open failed");
  });

  test.each([
    ["scp", "-O", refused(" (scp)")],
    ["sftp", "-s", "Connection closed"],
  ])("does not copy by %s", async (_what, way, why) => {
    const file = path.join(folder, "file");
    fs.writeFileSync(file, "x");
    const { exitCode, stderr } = await execa(
      "scp",
      [way, ...login(key), file, `hms@${site.address}:${home}/file`],
      { reject: false },
    );
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(why)]);
    expect(fs.existsSync(path.join(home, "file"))).toBe(false);
  });

  /** As it is let in, but for where it goes, and for other options. */
  const rsync = (into: string, ...options: string[]) => {
    const from = path.join(folder, "from");
    fs.mkdirSync(from, { recursive: true });
    fs.writeFileSync(path.join(from, "gate.sh"), "echo hacked\n");
    const by = `ssh ${login(key).join(" ")}`;
    const argv = ["-rt", `--rsync-path=${opening}`, ...options, "-e", by];
    return execa("rsync", [...argv, `${from}/`, `hms@${site.address}:${into}`], { reject: false });
  };

  test.each([
    srv,
    `${srv}/.trusted`,
    `${srv}/.gate/${service}`,
    `${srv}/tax-formula`,
    `${home}/../.trusted`,
    "/tmp",
  ])("does not write into %s", async (into) => {
    const { exitCode, stderr } = await rsync(into);
    expect([exitCode === 0, stderr]).toEqual([
      false,
      expect.stringContaining(refused(` (rsync into ${into})`)),
    ]);
  });

  const strange = " (what was asked for has characters that none of that needs)";
  test.each([
    ["a program in rsync's place", "--rsync-path=sh -c 'id' && rsync", strange],
    ["a folder of one's own first", `--rsync-path=mkdir -p '/tmp/x' && rsync`, strange],
    ["a program behind what is let in", `--rsync-path=${opening} ; id`, strange],
    ["a log elsewhere", "--remote-option=--log-file=/tmp/x", " (rsync --log-file=/tmp/x)"],
    ["links", "--links", " (rsync -l"],
    ["owners", "--owner", " (rsync -o"],
  ])("does not get %s", async (_what, option, why) => {
    const { exitCode, stderr } = await rsync(".", option);
    expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(refused(why))]);
  });

  test("can bring files into the folder", async () => {
    expect((await rsync(".")).exitCode).toBe(0);
    expect(fs.readFileSync(path.join(home, "gate.sh"), "utf8")).toBe("echo hacked\n");
  });

  test("can overwrite the scripts that came, and they are not run", async () => {
    const before = fs.readFileSync(path.join(home, "bin", "activate.sh"));
    fs.writeFileSync(path.join(home, "bin", "activate.sh"), "id\n");
    const { exitCode, stderr } = await ssh([`sh ${home}/bin/activate.sh ${service} r i d p a 8080 1`]);
    fs.writeFileSync(path.join(home, "bin", "activate.sh"), before);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("are not those of this site's gate")]);
  });

  test("gets nothing through a link that lies in the folder", async () => {
    fs.symlinkSync("/etc", path.join(home, "away"));
    const { exitCode, stderr } = await rsync(".");
    fs.rmSync(path.join(home, "away"));
    expect([exitCode === 0, stderr]).toEqual([
      false,
      expect.stringContaining("away is neither a file nor a folder"),
    ]);
  });
});

test("a second enrolment mends what was changed, and lets another key in instead", async () => {
  const gate = path.join(srv, ".gate", service, "gate.sh");
  const own = fs.readFileSync(gate, "utf8");
  fs.writeFileSync(gate, 'exec sh -c "$SSH_ORIGINAL_COMMAND"\n');
  fs.rmSync(path.join(srv, ".trusted"), { recursive: true });
  const { exitCode, stdout, stderr } = await enroll("--update", "--key", newKey, "--pin", pinFile);
  expect([exitCode, stderr]).toEqual([0, expect.stringContaining(fingerprint)]);
  expect(stdout).toMatch(/^frontier-\w+\/barrow is enrolled: hms@10\.77\.3\.2 takes its releases/);
  expect(stdout).toContain(`privateKeyFile: ${newKey}`);
  expect(fs.readFileSync(gate, "utf8")).toBe(own);
  expect(fs.readdirSync(path.join(srv, ".trusted"))).toEqual(fs.readdirSync(trustedKeys));
  expect((await ssh(["id"])).stderr).toContain("Permission denied (publickey)");
  expect((await ssh([`sh -s serving ${service}`], [], newKey)).stdout).toContain("health=healthy");
  settings = { ...settings, privateKeyFile: newKey };
  list([settings]);
  // From now on the stack's state logs in by the new key, too.
  const { exitCode: updated, stdout: said } = await pulumi("up", "--yes", "--skip-preview", "--stack", stack);
  expect([updated, said]).toEqual([0, expect.stringMatching(/\d updated/)]);
});

describe("a removal", () => {
  const remove = (...args: string[]): Promise<Done> => hms("site", "remove", site.name, ...admin, ...args);

  test("is refused while the stack ships there", async () => {
    const { exitCode, stderr } = await remove();
    expect([exitCode, stderr]).toEqual([
      1,
      `hms: Pulumi.${stack}.yaml still lists barrow: the next run would find no way in. Take it out there and run "pulumi up -s ${stack}", or say --force.`,
    ]);
  });

  test("of a site that does not answer is one sentence", async () => {
    await link(site.name, "down");
    try {
      const { exitCode, stderr } = await remove("--force");
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(/^hms: barrow can't be reached: .*(No route to host|timed out)$/),
      ]);
    } finally {
      await link(site.name, "up");
    }
  });

  test("comes after plain Pulumi has taken the service off", async () => {
    list([]);
    const done = await pulumi("up", "--yes", "--skip-preview", "--stack", stack);
    expect([done.exitCode, done.stdout + done.stderr]).toEqual([0, expect.stringContaining("deleted")]);
    expect(fs.readdirSync(home)).toEqual([]);
    const { exitCode, stdout, stderr } = await remove("--purge");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(
      /^frontier-\w+\/barrow \(10\.77\.3\.2\) takes no releases any more: the account hms is gone, the service is taken off/,
    );
    expect((await ssh(["id"], [], newKey)).stderr).toContain("Permission denied");
    expect(fs.readFileSync(path.join(siteEtc(site.name), "passwd"), "utf8")).not.toMatch(/^hms:/m);
    expect(fs.existsSync(srv)).toBe(false);
    expect(directoryTrail(trailFolder()).entries().at(-1)?.body).toMatchObject({
      type: "site-removed",
      target: `${stack}/barrow`,
      purged: true,
    });
    expect((await hms("site", "list", "--stack", stack)).stdout).not.toContain("barrow");
  });
});
