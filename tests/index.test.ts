/** The program as `pulumi up` calls it. */
import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the program is what its module is: Pulumi calls it
import program = require("../index");
import { directoryBlobs } from "../store/blobs";
import { record } from "./components/mocks";
import { aRelease } from "./fixtures";

test("a user's mistake ends it with its one sentence: an error of which Pulumi shows no stack trace", async () => {
  await record({ "pulumi:pulumi:Stack": {} });
  pulumi.runtime.setAllConfig({ "hms:role": "on-prem" });
  let outcome: unknown;
  await pulumi.runtime.runInPulumiStack(async () => {
    outcome = await program().catch((error: unknown) => error);
  });
  expect(outcome).toHaveProperty(
    "message",
    `Pulumi.test.yaml: hms:role: found "on-prem"; allowed: build, cloud, onprem, partners`,
  );
  expect(pulumi.RunError.isInstance(outcome)).toBe(true);
});

test("a draft is for previews: an update of it is refused before anything is declared", async () => {
  await record({ "pulumi:pulumi:Stack": {} });
  pulumi.runtime.setAllConfig({
    "hms:role": "partners",
    "hms:service": "flood-formula",
    "hms:partners": JSON.stringify([
      { name: "usgs", url: "ftp://hms@ftp.usgs.example/inbox", password: { env: "USGS_PASSWORD" } },
    ]),
  });
  let outcome: unknown;
  await pulumi.runtime.runInPulumiStack(async () => {
    const release = { ...aRelease(), draft: true } as const;
    const draft = { release, blobs: directoryBlobs("nowhere") };
    outcome = await program({ draft }).catch((error: unknown) => error);
  });
  expect(outcome).toHaveProperty("message", "a draft is for previews, and for nothing else");
});
