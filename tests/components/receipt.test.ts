/** What a receipt does when its target changed: with a docker command in place that answers, and shows nothing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { provider } from "../../components/receipt/provider";
import { dockerHostSettings } from "../../core/config/cloud";
import type { Receipt } from "../../core/receipt";
import type { Probe } from "../../core/target";
import { directoryTrail } from "../../store/trail";
import { aRelease } from "../fixtures";
import { freshTrail } from "../signed-trail";

const { tag, image, imageId, bundle } = aRelease();
const settings = dockerHostSettings.parse({ name: "cloud", proxyImage: { file: "proxy" } });
const probe: Probe = { kind: "docker", service: "flood-formula", settings };
const receipt: Receipt = { kind: "runs", image: imageId, health: "healthy", since: "", units: ["a"] };
const target = "cloud-docker/cloud";
const state = { target, expected: { tag, image, imageId, bundle }, probe, receipt, says: "" } as const;

let trail: string;
let machine: string;
const { PATH } = process.env;
beforeEach(() => {
  trail = freshTrail();
  machine = mkdtempSync(path.join(os.tmpdir(), "hms-receipt-"));
  mkdirSync(path.join(machine, "bin"));
  process.env["PATH"] = `${path.join(machine, "bin")}:${PATH ?? ""}`;
});
afterEach(() => {
  process.env["PATH"] = PATH;
  rmSync(machine, { recursive: true });
  rmSync(path.dirname(trail), { recursive: true });
});

const dockerIs = (script: string): void => {
  writeFileSync(path.join(machine, "bin", "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
};
const drifts = (): unknown[] =>
  directoryTrail(trail)
    .entries()
    .flatMap(({ body }) => (body.type === "drift" ? [body] : []));

describe("a refresh", () => {
  test("that finds its target changed says so in the trail, once", async () => {
    dockerIs('[ "$1" = version ]');
    const { props } = await provider.read("id", state);
    expect(props?.receipt).toEqual({ kind: "nothing" });
    await provider.read("id", state);
    expect(drifts()).toEqual([
      {
        type: "drift",
        target,
        tag,
        found: "not-running",
        why: `nothing runs: it should have ${tag}`,
        receipt: { kind: "nothing" },
      },
    ]);
  });
  test("that reaches nobody keeps what was known", async () => {
    dockerIs('echo "Cannot connect to the Docker daemon" >&2; exit 1');
    expect(await provider.read("id", state)).toEqual({ id: "id", props: state });
    expect(drifts()).toEqual([]);
  });
});

describe("a receipt is read back again", () => {
  const changes = async (news: Partial<Parameters<typeof provider.diff>[2]>, olds = {}): Promise<unknown> =>
    (await provider.diff("id", { ...state, ...olds }, { ...state, ...news })).changes;
  test("when its target changed without us", async () => {
    expect(await changes({ drift: 57 })).toBe(true);
    expect(await changes({ drift: 58 }, { drift: 57 })).toBe(true);
    expect(await changes({}, { receipt: { kind: "nothing" } })).toBe(true);
  });
  test("not when that was put right", async () => {
    expect(await changes({ drift: 57 }, { drift: 57 })).toBe(false);
  });
});
