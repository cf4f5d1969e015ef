/** A partner's drop under the real engine, by plain `pulumi`. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { link } from "../../lab/network";
import { inboxOf, passwordFile } from "../../lab/partner-files";
import { inboxUrl } from "../../lab/partners";
import { environment } from "../../lab/toolchain/environment";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { addRelease } from "../components/released";
import { freshTrail } from "../signed-trail";
import { fileName, usePartners } from "./partner-lab";

const folder = mkdtempSync(path.join(tmpdir(), "hms-drop-"));
const bundlePath = path.join(folder, "bundle.zip");
const shipped = path.join(inboxOf("usgs"), fileName);

let env: Record<string, string>;

beforeAll(async () => {
  mkdirSync(path.join(folder, "state"));
  freshTrail();
  env = {
    ...(await environment()),
    PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    // Trail and keys of the test's own.
    ...Object.fromEntries(
      ["HMS_TRAIL", "HMS_KEYS", "HMS_HEADS"].map((name) => [name, process.env[name] ?? ""]),
    ),
  };
  // A project of one's own, with the components of this one.
  for (const part of [
    "components",
    "node_modules",
    "core",
    "probe",
    "store",
    "tsconfig.json",
    "package.json",
  ]) {
    symlinkSync(path.join(projectFolder, part), path.join(folder, part));
  }
  writeFileSync(path.join(folder, "Pulumi.yaml"), "name: drop\nruntime: nodejs\n");
  writeFileSync(
    path.join(folder, "index.ts"),
    `import { PartnerDrop } from "./components/partner-drop";
     new PartnerDrop("usgs", JSON.parse(require("node:fs").readFileSync("args.json", "utf8")));`,
  );
  await pulumi("stack", "init", "test");
}, 120_000);

afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  rmSync(folder, { recursive: true });
}, 120_000);

// After the hooks above, so that the servers outlive the stack.
usePartners();

async function pulumi(...args: string[]): Promise<{ exitCode?: number; stdout: string }> {
  const options = { cwd: folder, env, reject: false };
  const { exitCode, stdout, stderr } = await execa(
    "pulumi",
    [...args, "--non-interactive", "--color=never"],
    options,
  );
  return { exitCode, stdout: stdout + stderr };
}
const up = (...args: string[]) => pulumi("up", "--yes", "--skip-preview", ...args);

/** Writes a bundle, and the arguments of its drop. */
function give(content: string, password: unknown = { file: passwordFile("usgs") }): void {
  const bytes = Buffer.from(content);
  writeFileSync(bundlePath, bytes);
  const bundle = {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    size: bytes.length,
    signature: "YnVuZGxl",
  };
  const settings = {
    name: "usgs",
    url: inboxUrl("usgs"),
    password,
    fileName,
    dialTimeoutSeconds: 1,
    retryDelaySeconds: 1,
  };
  const args = { target: "partners/usgs", release: addRelease({ bundle }), bundlePath, settings };
  writeFileSync(path.join(folder, "args.json"), JSON.stringify(args));
}

test("is brought, put back when it is gone or changed, and taken out", async () => {
  const password = readFileSync(passwordFile("usgs"), "utf8");
  give("first", password);
  expect(await up()).toMatchObject({ exitCode: 0 });
  expect(readFileSync(shipped, "utf8")).toBe("first");

  const { stdout: state } = await pulumi("stack", "export");
  const trail = JSON.stringify(directoryTrail(process.env["HMS_TRAIL"] ?? "").entries());
  expect(trail).toContain("partners/usgs");
  expect(state + trail).not.toContain(password);
  const { deployment } = JSON.parse(state) as {
    deployment: { resources: { inputs?: { __provider?: string } }[] };
  };
  const providers = deployment.resources.flatMap(({ inputs }) => inputs?.__provider ?? []);
  expect(providers).toHaveLength(3);
  for (const text of providers) expect(text.length).toBeLessThan(200);

  expect((await up("--expect-no-changes")).exitCode).toBe(0);

  rmSync(shipped);
  expect(await up("--refresh")).toMatchObject({ exitCode: 0 });
  expect(readFileSync(shipped, "utf8")).toBe("first");

  writeFileSync(shipped, "tampered");
  expect(await up("--refresh")).toMatchObject({ exitCode: 0 });
  expect(readFileSync(shipped, "utf8")).toBe("first");

  give("second");
  await link("usgs", "down");
  try {
    const { exitCode, stdout } = await up();
    expect(exitCode).not.toBe(0);
    expect(stdout).toMatch(/error: unreachable: usgs \(ftp:\/\/hms@10\.77\.11\.2\/inbox\): .* \(3 tries\)/);
    // Nobody answers: what was known stays known.
    expect(await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")).toMatchObject({
      exitCode: 0,
    });
  } finally {
    await link("usgs", "up");
  }
  give("second", "wrong");
  const refused = await up();
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stdout).toMatch(/error: refused: usgs .* 530 Login incorrect\./);

  give("second");
  expect(await up()).toMatchObject({ exitCode: 0 });
  expect(readFileSync(shipped, "utf8")).toBe("second");

  expect(await pulumi("destroy", "--yes", "--skip-preview")).toMatchObject({ exitCode: 0 });
  expect(() => readFileSync(shipped)).toThrow("ENOENT");
}, 300_000);
