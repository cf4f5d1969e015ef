/** Nobody goes round the gates: each way is tried on the lab, is refused with a sentence, and nothing moves. */
import { generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { execa } from "execa";
import { digestOfFile, fileNameOf } from "../../core/chain";
import { keyIdOf, seal } from "../../core/dsse";
import type { Entry } from "../../core/entry";
import { all } from "../../core/history";
import { digestOf, type Release, taggedImage } from "../../core/release";
import { statementOf } from "../../core/statement";
import { down, up } from "../../lab/lab";
import { inLab } from "../../lab/layout";
import { changeFormula, leakInBuild, leakSsn } from "../../lab/story";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import * as world from "./world";

jest.setTimeout(300_000);

const stacks = "cloud-docker,onprem,partners";
const trail = () => directoryTrail(inLab("trail"));
const blob = (digest: string): string => inLab("trail", "blobs", "sha256", digest.replace("sha256:", ""));
let good: Release;
let before: unknown;

beforeAll(async () => {
  await down();
  await up({ kubernetes: false });
  for (const version of ["g1", "g2"]) {
    const result = await world.ship((folder) => changeFormula(folder, version), stacks);
    expect(result.exitCode).toBe(0);
  }
  good = all(trail().entries(), "release").at(-1)?.body.release as Release;
  before = await what();
});
afterAll(down);

/** What runs and lies where. */
async function what(): Promise<unknown> {
  const formulas = await world.formulas();
  return { formulas, bundles: world.bundles() };
}

// Each attack is on a trail that is then put back.
beforeEach(async () => {
  await execa("cp", ["-a", inLab("trail"), inLab("trail.before")]);
  await execa("cp", ["-a", inLab("heads"), inLab("heads.before")]);
});
afterEach(async () => {
  for (const name of ["trail", "heads"]) {
    fs.rmSync(inLab(name), { recursive: true });
    fs.renameSync(inLab(`${name}.before`), inLab(name));
  }
  expect(await what()).toEqual(before);
});

/** Both ways in: our command line, and plain Pulumi without a policy pack. */
async function refusals(release: Pick<Release, "tag">): Promise<string[]> {
  const { stdout } = await world.hms(
    "pipeline",
    "rollback",
    "--to",
    release.tag,
    "--reason",
    "try",
    "--stacks",
    stacks,
    "--json",
  );
  const { exitCode, stdout: said } = await world.pulumi(...upTo(release.tag));
  expect(exitCode).not.toBe(0);
  return [(JSON.parse(stdout) as world.Refused).refused?.why ?? "it was let pass", said];
}

/** Plain `pulumi up` of the docker host, with another release in its settings. */
function upTo(release: string): string[] {
  const text = fs.readFileSync(path.join(projectFolder, "Pulumi.cloud-docker.yaml"), "utf8");
  const file = inLab("attack.yaml");
  fs.writeFileSync(
    file,
    text.replace("hms:release: current", `hms:release: ${JSON.stringify(release)}\n  hms:reason: try`),
  );
  return ["up", "-s", "cloud-docker", "--config-file", file, "--yes", "--skip-preview"];
}

/** A release that nobody built: everything of the good one, but what is given. */
const forged = (parts: Partial<Release>): Release => ({
  ...good,
  tag: "f0f0f0f",
  commit: "f0".repeat(20),
  ...parts,
});

test("a release whose report belongs to another commit", async () => {
  trail().append({ type: "release", release: forged({}) });
  for (const sentence of await refusals({ tag: "f0f0f0f" })) {
    expect(sentence).toContain(`The report of f0f0f0f is about another commit, ${good.tag}.`);
  }
});

test("a report that was edited after it was signed", async () => {
  const file = blob(good.report);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"passed": true', '"passed":  true'));
  for (const sentence of await refusals(good)) {
    expect(sentence).toContain(`The report of ${good.tag} is missing, or was changed after it was signed.`);
  }
});

test("a release that is signed by an unknown key", async () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const number = trail().entries().length + 1;
  const previous = digestOfFile(fs.readFileSync(inLab("trail", "entries", fileNameOf(number - 1)), "utf8"));
  const body = { type: "release", release: forged({}) } as const;
  const entry: Entry = { number, previous, time: new Date().toISOString(), by: "mallory@nowhere", body };
  const signer = { keyId: keyIdOf(privateKey), sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
  fs.writeFileSync(
    inLab("trail", "entries", fileNameOf(number)),
    seal(JSON.stringify(statementOf(entry)), signer),
  );
  const { exitCode, stderr } = await world.hms("pipeline", "run", "--stacks", stacks);
  expect([exitCode, stderr]).toEqual([
    1,
    `hms: Entry ${String(number)} of the trail is signed by a key that is not trusted (${signer.keyId.slice(0, 12)}…). ` +
      "Put it back from a copy of the trail.",
  ]);
  const plain = await world.pulumi(...upTo("f0f0f0f"));
  expect([plain.exitCode === 0, plain.stdout]).toEqual([
    false,
    expect.stringContaining("is signed by a key that is not trusted"),
  ]);
});

test("an image that was pushed by hand under the right tag", async () => {
  const tagged = taggedImage(good.image.slice(0, good.image.indexOf("@")), good.tree);
  const copy = (from: string) =>
    execa("skopeo", [
      "copy",
      "--quiet",
      "--src-tls-verify=false",
      "--dest-tls-verify=false",
      `docker://${from}`,
      `docker://${tagged}`,
    ]);
  await copy("127.0.0.1:5000/base/busybox:latest");
  try {
    const { stdout } = await world.hms(
      "pipeline",
      "run",
      "--commit",
      good.commit,
      "--stacks",
      stacks,
      "--json",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      exitCode: 1,
      refused: {
        stage: "registry",
        why: expect.stringMatching(
          new RegExp(
            `^${tagged} is sha256:[0-9a-f]{64} in the registry, and the release is ${digestOf(good.image)}: somebody pushed by hand\\.`,
          ),
        ),
      },
    });
  } finally {
    await copy(good.image);
  }
});

test("a trail whose newest entries were cut off", async () => {
  const names = fs.readdirSync(inLab("trail", "entries")).sort();
  const last = names.length;
  for (const name of names.slice(-2)) {
    fs.rmSync(inLab("trail", "entries", name));
  }
  const { exitCode, stderr } = await world.hms("pipeline", "run", "--stacks", stacks);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringContaining(
      `does not hold entry ${String(last)} as it was known here: its newest entries were cut off.`,
    ),
  ]);
});

test("a trail that was cut off on a machine that never saw it: the stacks' state knows", async () => {
  const entries = trail().entries();
  const firstOfGood = entries.findIndex(
    ({ body }) => body.type === "release" && body.release.tag === good.tag,
  );
  for (const { number } of entries.slice(firstOfGood)) {
    fs.rmSync(inLab("trail", "entries", fileNameOf(number)));
  }
  fs.rmSync(inLab("heads"), { recursive: true });
  fs.mkdirSync(inLab("heads"));
  const { exitCode, stdout } = await world.pulumi("preview", "-s", "cloud-docker");
  expect([exitCode === 0, stdout]).toEqual([
    false,
    expect.stringMatching(/does not hold entry \d+ as the stack's state knows it/),
  ]);
  const { stdout: run } = await world.hms("pipeline", "run", "--stacks", stacks, "--json");
  expect(JSON.parse(run)).toMatchObject({
    exitCode: 1,
    refused: {
      stage: "policy",
      // By then the run has written entries of its own, maybe up to the number that the state knows.
      why: expect.stringMatching(
        /as the stack's state knows it: (its newest entries were cut off|it was altered)/,
      ),
    },
  });
});

test("plain pulumi up with a digest that was set by hand", async () => {
  const digest = `127.0.0.1:5000/base/busybox@sha256:${"66".repeat(32)}`;
  const { exitCode, stdout } = await world.pulumi(...upTo(digest));
  expect([exitCode === 0, stdout]).toEqual([
    false,
    expect.stringContaining(`hms:release: found "${digest}"; allowed: current, `),
  ]);
});

test("a service that tries to switch off a mandatory step", async () => {
  const result = await world.ship((folder) => {
    const message = leakSsn(folder);
    fs.appendFileSync(path.join(folder, "pipeline.yml"), "\nskip: [personal data]\n");
    return message;
  }, stacks);
  expect(result).toMatchObject({
    exitCode: 1,
    targets: {},
    refused: { stage: "compliance", why: expect.stringMatching(/pipeline\.yml: skip: /) },
  });
});

test("personal data that only the build of the image makes", async () => {
  const result = await world.ship(leakInBuild, stacks);
  expect(result).toMatchObject({ exitCode: 1, targets: {}, refused: { stage: "build" } });
  expect(result.refused?.why).toMatch(
    /^what was built holds us-ssn \*{3}-\*{2}-\*{4} in image!.*contacts\.json:1\. Take the social security number out/,
  );
  const releases = all(trail().entries(), "release").map(({ body }) => body.release.commit);
  expect(releases).not.toContain(result.commit);
});

test("a commit that changes the ignore files", async () => {
  const result = await world.ship((folder) => {
    const message = leakSsn(folder);
    fs.writeFileSync(path.join(folder, ".secretlintignore"), "**\n");
    return message;
  }, stacks);
  expect(result).toMatchObject({ exitCode: 1, targets: {}, refused: { stage: "compliance" } });
  expect(result.refused?.why).toMatch(/rules\/contacts\.json/);
});
