import { expect, test } from "@jest/globals";
import { imageParts } from "../../probe/registry";

const blobs = ["config", "base", "code"].map((name, index) => ({
  digest: `sha256:${name}`,
  size: index + 1,
}));

test("an image's layers are known by what they hold before they are compressed", () => {
  const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: ["sha256:d1", "sha256:d2"] } });
  expect(imageParts(blobs, config)).toEqual({
    configSize: 1,
    layers: [
      { diffId: "sha256:d1", size: 2 },
      { diffId: "sha256:d2", size: 3 },
    ],
  });
});

test("where a configuration does not say that, each of its layers counts as one that nobody has", () => {
  expect(imageParts(blobs, "{}").layers.map(({ diffId }) => diffId)).toEqual(["sha256:base", "sha256:code"]);
});
