/** What the script on a site does, with the real script and a docker engine that is not one: see fake-docker.ts. */
import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { type Brought, SiteFolder } from "./site-folder";

let site: SiteFolder;
beforeEach(() => {
  site = new SiteFolder();
});
afterEach(() => {
  site.close();
});
const nameOf = ({ image }: Brought): string => `flood-formula-${image}`;
const apps = (): Record<string, boolean> =>
  Object.fromEntries(
    Object.entries(site.engine.containers)
      .filter(([, { labels }]) => labels["hms.role"] === "app")
      .map(([name, { running }]) => [name, running]),
  );

async function ship(release: string, keep = 3, content = release): Promise<Brought> {
  const brought = site.bring(release, content);
  expect(await site.activate(brought, keep)).toMatchObject({ exitCode: 0, stderr: "" });
  return brought;
}

test("a release is loaded, starts beside the old one, and takes the traffic", async () => {
  const old = await ship("a");
  const { stdout } = await site.activate(site.bring("b"));
  const { containers, calls } = site.engine;
  const name = Object.keys(apps()).find((each) => each !== nameOf(old)) ?? "";
  expect(stdout.split("\n")).toEqual(
    expect.arrayContaining([`container=${name}`, "running=true", "health=healthy"]),
  );
  expect(apps()).toEqual({ [nameOf(old)]: false, [name]: true });
  expect(containers["flood-formula-proxy"]?.route).toBe(`${name}:8080`);
  const [started, routed, stopped] = [
    `start ${name}`,
    "exec -i flood-formula-proxy caddy storage import --config /config/caddy/autosave.json --input -",
    `stop -t 10 ${nameOf(old)}`,
  ].map((call) => calls.lastIndexOf(call));
  expect(started).toBeLessThan(routed ?? 0);
  expect(routed).toBeLessThan(stopped ?? 0);
});

describe("the engine is given", () => {
  /** How many files it was given, of the proxy's image first: its manifest, its configuration, and layers. */
  const handed = (): number[] => site.engine.loads.map(({ length }) => length);

  test("the layers that it lacks, once it has an image with the others", async () => {
    await ship("a");
    const { blob } = await ship("b");
    expect(handed()).toEqual([2 + 1, 2 + 3, 2 + 1]);
    expect(site.engine.loads.at(-1)).toContain(`blobs/sha256/${blob}`);
  });

  test("all of them when it wants them, as one on containerd's store does", async () => {
    site.engine.wantsAll = true;
    await ship("a");
    await ship("b");
    expect(handed()).toEqual([2 + 1, 2 + 3, 2 + 1, 2 + 3]);
  });
});

describe("of what was activated", () => {
  test("as many releases stay as are kept, that which served last first; the rest goes whole", async () => {
    const [a, b, c] = [await ship("a"), await ship("b"), await ship("c")];
    await site.activate(a);
    const d = await ship("d");
    expect(fs.readFileSync(site.in("kept"), "utf8")).toBe("d\na\nc\n");
    expect(Object.keys(apps()).sort()).toEqual([a, c, d].map(nameOf).sort());
    expect(Object.keys(site.engine.images)).not.toContain(b.imageId);
    expect(fs.readdirSync(site.in("releases"))).toEqual(["a", "c", "d"]);
    expect(fs.existsSync(site.in("images", b.image))).toBe(false);
    expect(fs.existsSync(site.in("blobs/sha256", b.blob))).toBe(false);
    for (const { blob } of [a, c, d]) expect(fs.existsSync(site.in("blobs/sha256", blob))).toBe(true);
  });

  test("releases of the same image count once", async () => {
    const a = await ship("a");
    for (const release of ["b1", "b2", "b3"]) await ship(release, 2, "b");
    expect(fs.readFileSync(site.in("kept"), "utf8")).toBe("b3\na\n");
    expect(Object.keys(apps())).toContain(nameOf(a));
  });

  test("a run that was killed while it pruned is brought to its end by the next", async () => {
    const [a, b] = [await ship("a", 2), await ship("b", 2)];
    const c = site.bring("c");
    site.engine.failures.push({ command: `rmi ${a.imageId}`, said: "killed" });
    fs.writeFileSync(site.in("images", a.image, "digests"), "");
    await site.activate(c, 2);
    fs.mkdirSync(site.in("releases", "a"));
    fs.writeFileSync(site.in("releases/a/digests"), "");
    expect(Object.keys(apps()).sort()).toEqual([b, c].map(nameOf).sort());
    await site.activate(c, 2);
    expect(fs.readdirSync(site.in("releases"))).toEqual(["b", "c"]);
  });

  test("an image that somebody else has named stays in the engine, and so does what is on its way", async () => {
    const a = await ship("a", 2);
    site.engine.images[a.imageId]?.push("theirs:1");
    await ship("b", 2);
    const late = site.bring("late");
    await ship("c", 2);
    expect(Object.keys(site.engine.images)).toContain(a.imageId);
    expect(fs.existsSync(site.in("blobs/sha256", late.blob))).toBe(true);
    expect(await site.activate(late, 2)).toMatchObject({ exitCode: 0 });
  });

  test("the list of what is kept may get lost", async () => {
    const [a, b] = [await ship("a"), await ship("b")];
    fs.rmSync(site.in("kept"));
    const c = await ship("c");
    expect(Object.keys(apps()).sort()).toEqual([a, b, c].map(nameOf).sort());
  });
});

describe("by hand", () => {
  test("a release that is kept comes back by its name or its tag, with the settings of the last time", async () => {
    const a = await ship("a");
    await ship("b");
    expect((await site.run("flood-formula")).stdout).toMatch(
      /^serves release=b tag=tag-b commit=[0-9a-f]{40}\nkept release=a tag=tag-a commit=[0-9a-f]{40}$/,
    );
    expect(await site.run("flood-formula", "tag-a")).toMatchObject({ exitCode: 0 });
    expect(apps()).toMatchObject({ [nameOf(a)]: true });
    expect(await site.run("flood-formula", "b")).toMatchObject({ exitCode: 0 });
    expect(apps()).toMatchObject({ [nameOf(a)]: false });
  });

  test("one that is not there, and a first one without settings, are refused", async () => {
    site.bring("a");
    expect(await site.run("flood-formula", "a")).toMatchObject({
      exitCode: 1,
      stderr: "refused: nothing was activated here yet, so the settings must be given",
    });
    expect(await site.run("flood-formula", "z")).toMatchObject({
      exitCode: 1,
      stderr: `refused: there is no release z here. "activate.sh flood-formula" lists those that are.`,
    });
  });

  test("the scripts may lie elsewhere than the service's folder", async () => {
    const a = site.bring("a");
    const bin = `${site.site}/elsewhere`;
    fs.renameSync(site.in("bin"), bin);
    const argv = [`${bin}/activate.sh`, "-C", site.folder, ...site.argumentsOf(a)];
    const env = { PATH: `${site.site}/path` };
    const { exitCode } = await execa("sh", argv, { env, extendEnv: false, reject: false });
    expect(exitCode).toBe(0);
    expect(apps()).toEqual({ [nameOf(a)]: true });
  });

  test.each([
    ["a path in the place of a name", ["flood-formula", "../../etc"], `"../../etc" is no name`],
    ["an option", ["flood-formula", "--privileged"], `"--privileged" is no name`],
    ["too few", ["flood-formula", "r", "i"], ""],
    [
      "fewer than two that are kept",
      ["s", "r", "i", "sha256:1", "p", "0.0.0.0:1", "1", "1", "1"],
      `"1" is no whole number from 2 on`,
    ],
  ])("%s is wrong usage", async (_, args, said) => {
    const { exitCode, stderr } = await site.run(...args);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(stderr).toContain("usage: activate.sh [-C FOLDER] SERVICE RELEASE|TAG");
  });
});

describe("refused in a clear sentence, while the old one serves, is", () => {
  const refused = async (command: string, said: string): Promise<string> => {
    const old = await ship("a");
    site.engine.failures.push({ command, said });
    const { exitCode, stderr } = await site.activate(site.bring("b"));
    expect(exitCode).toBe(1);
    expect(apps()).toMatchObject({ [nameOf(old)]: true });
    expect(site.engine.containers["flood-formula-proxy"]?.route).toBe(`${nameOf(old)}:8080`);
    return stderr.replaceAll(/[0-9a-f]{12}/g, "IMAGE");
  };

  test("what a full disk can't take", async () => {
    expect(await refused("load", "Error processing tar file: write /x: no space left on device")).toBe(
      "refused: the disk is full: docker can't load image IMAGE. Free some space below /var/lib/docker, and run it again.",
    );
  });

  test("what an engine that is away can't do", async () => {
    const away = "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?";
    expect(await refused("version", away)).toBe(
      "refused: the docker engine does not answer: docker does not do what it is asked. Start it, and run it again.",
    );
  });

  test("whatever else docker says", async () => {
    expect(
      await refused("create --name flood-formula", "Error response from daemon: no\nError: not done"),
    ).toBe("refused: docker can't make flood-formula-IMAGE: no");
  });
});

test("a container that falls sick while the old one ends its requests gives the traffic back", async () => {
  const old = await ship("old");
  const next = site.bring("next");
  // Two before it has the traffic, two once it has it: the fifth is asked when the old one has no request left.
  site.engine.fainting[nameOf(next)] = 4;
  const { exitCode, stderr } = await site.activate(next);
  expect([exitCode, stderr]).toEqual([
    1,
    `unhealthy: ${nameOf(next)} did not stay healthy once it had the traffic; ${nameOf(old)} serves. Its last words: its last words `,
  ]);
  expect(apps()).toEqual({ [nameOf(old)]: true, [nameOf(next)]: false });
});

test("a release that is not healthy is stopped, and the old one goes on", async () => {
  const old = await ship("a");
  const sick = site.bring("sick");
  site.engine.sick.push(nameOf(sick));
  const { exitCode, stderr } = await site.activate(sick);
  expect([exitCode, stderr]).toEqual([
    1,
    `unhealthy: ${nameOf(sick)} did not become healthy in 1 s; ${nameOf(old)} serves. Its last words: its last words `,
  ]);
  expect(apps()).toEqual({ [nameOf(old)]: true, [nameOf(sick)]: false });
});

describe.each([
  ["with flock", ["flock"]],
  ["without flock", []],
])("the lock, %s,", (_, extra) => {
  beforeEach(() => {
    site.close();
    site = new SiteFolder(extra);
  });
  /** Somebody who holds the folder's lock for a while. */
  const holder = (seconds: number) =>
    execa("sh", ["-c", `. bin/lock.sh && lock 5 && echo held && exec /bin/sleep ${String(seconds)}`], {
      cwd: site.folder,
      env: { PATH: `${site.site}/path` },
      extendEnv: false,
      reject: false,
    });
  const heldBy = (one: ReturnType<typeof holder>): Promise<unknown> =>
    new Promise((resolve) => one.stdout.once("data", resolve));

  test("is waited for", async () => {
    const one = holder(2);
    await heldBy(one);
    const begin = Date.now();
    await ship("a");
    expect(Date.now() - begin).toBeGreaterThan(1500);
    await one;
  });

  test("ends with who holds it, however that ends", async () => {
    const one = holder(60);
    await heldBy(one);
    one.kill("SIGKILL");
    await one;
    const begin = Date.now();
    await ship("a");
    expect(Date.now() - begin).toBeLessThan(20_000);
  });

  test("is taken by one of many at a time, also when the one before was killed", async () => {
    const dead = holder(60);
    await heldBy(dead);
    dead.kill("SIGKILL");
    await dead;
    // Each notes when it begins and ends; nobody begins while another has not ended.
    const script = ". bin/lock.sh && lock 20 && echo begin >>turns && /bin/sleep 0.2 && echo end >>turns";
    const env = { PATH: `${site.site}/path` };
    await Promise.all(
      Array.from({ length: 6 }, () =>
        execa("sh", ["-c", script], { cwd: site.folder, env, extendEnv: false }),
      ),
    );
    const turns = fs.readFileSync(site.in("turns"), "utf8").trim().split("\n");
    expect(turns).toEqual(Array.from({ length: 6 }, () => ["begin", "end"]).flat());
  });
});
