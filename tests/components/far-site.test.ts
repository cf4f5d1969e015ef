import { beforeEach, expect, test } from "@jest/globals";
import { FarSite } from "../../components";
import { parseStack } from "../../core/config";
import type { FarSiteSettings } from "../../core/config";
import { hasLine } from "../../core/config/onprem";
import { UserError } from "../../core/errors";
import { lastReceipt } from "../../core/history";
import type { Release } from "../../core/release";
import { type Target, targetsOf } from "../../core/target";
import { ask } from "../../probe";
import { directoryTrail } from "../../store/trail";
import { type Declared, record, settled, valueOf } from "./mocks";
import { addRelease, aReleaseOfTheTrail } from "./released";

const target = "onprem/anchorage";
const stack = parseStack(
  {
    role: "onprem",
    service: "flood-formula",
    sites: [{ name: "anchorage", line: "none", proxyImage: `r.example.gov/caddy@sha256:${"ca".repeat(32)}` }],
  },
  "Pulumi.onprem.yaml",
);
const [place] = targetsOf("onprem", stack) as [Target];
const settings = (): FarSiteSettings => {
  if (stack.role !== "onprem" || stack.sites[0] === undefined || hasLine(stack.sites[0]))
    throw new Error("no");
  return stack.sites[0];
};

let release: Release;
let declared: Declared[];
beforeEach(async () => {
  release = aReleaseOfTheTrail();
  await begin();
});
const begin = async (): Promise<void> => {
  declared = await record({ "command:remote:Command": {}, "pulumi-nodejs:dynamic/hms:Intent": {} });
};

const trail = () => directoryTrail(process.env["HMS_TRAIL"] ?? "");
const declare = (hadLine?: boolean) =>
  new FarSite("anchorage", {
    target,
    service: "flood-formula",
    release,
    settings: settings(),
    ...(hadLine !== undefined && { hadLine }),
  });
const says = (image: string, tag = release.tag): void => {
  const receipt = {
    kind: "runs",
    image,
    health: "healthy",
    since: "2026-11-26T10:00:00Z",
    units: ["c"],
  } as const;
  trail().append({ type: "receipt", target, tag, receipt, via: "medium", saidAt: "2026-11-26T10:00:05Z" });
};

test("is an intent and nothing else: nothing is brought, and nobody is dialled", async () => {
  declare();
  await settled();
  expect(declared.map(({ type, name }) => [type, name])).toEqual([
    ["hms:onprem:Site", "anchorage"],
    ["pulumi-nodejs:dynamic/hms:Intent", "anchorage-intent"],
  ]);
});

test("keeps what a site with a line had, so that the service is not taken off", async () => {
  declare(true);
  await settled();
  expect(declared.map(({ name }) => name)).toContain("anchorage-activate");
});

test("passes the gate of every target", async () => {
  release = { ...release, image: `elsewhere@sha256:${"00".repeat(32)}` };
  expect(() => declare()).toThrow(
    new UserError(
      `8e9a12c (${release.image}) is not a release of the trail. Build it: "npx hms pipeline run".`,
    ),
  );
  await settled();
});

test("says that it waits, and then what the site said", async () => {
  const said = async (): Promise<string> => {
    await begin();
    const text = await valueOf(declare().receipt);
    await settled();
    return text;
  };
  expect(await said()).toBe(
    'waits for a medium: "npx hms release export 8e9a12c --site anchorage --to FOLDER"',
  );
  says(release.imageId);
  expect(await said()).toMatch(/^runs sha256:1d1d1d1d1d1d, healthy, since /);
});

test("is asked by asking the trail: it waits for what it should have and has not said that it has", async () => {
  expect(await ask(place.probe)).toEqual({ kind: "nothing" });
  trail().append({ type: "desired", target, tag: release.tag, cause: "run" });
  const waits = 'waits for a medium: "npx hms release export 8e9a12c --site anchorage --to FOLDER"';
  await expect(ask(place.probe)).rejects.toMatchObject({ name: "WaitsForMedium", message: waits });
  says(release.imageId);
  expect(await ask(place.probe)).toMatchObject({ kind: "runs", image: release.imageId });
  expect(lastReceipt(trail().entries(), target)?.time).toBe("2026-11-26T10:00:05Z");

  const next = addRelease({ commit: "ab".repeat(20), tag: "abababa", imageId: `sha256:${"2d".repeat(32)}` });
  trail().append({ type: "desired", target, tag: next.tag, cause: "run" });
  await expect(ask(place.probe)).rejects.toThrow("waits for a medium: ");
});
