import { expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { imageConfiguration, writeBusyboxImage } from "../../lab/kubernetes/busybox-image";

test("an image's configuration names its layer and its command", () => {
  expect(imageConfiguration("sha256:1", ["/busybox", "sleep", "infinity"])).toMatchObject({
    os: "linux",
    config: { Entrypoint: ["/busybox", "sleep", "infinity"] },
    rootfs: { type: "layers", diff_ids: ["sha256:1"] },
  });
});

test("an image is the same each time, and each of its blobs what its name says", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "busybox-"));
  try {
    const layouts = ["a", "b"].map((name) => path.join(folder, name));
    for (const layout of layouts)
      await writeBusyboxImage(layout, "127.0.0.1:5000/lab/x:1", ["/busybox", "true"]);
    const [first = "", second = ""] = layouts;
    const index = (layout: string): string => readFileSync(path.join(layout, "index.json"), "utf8");
    expect(index(first)).toBe(index(second));
    expect(readdirSync(first).sort()).toEqual(["blobs", "index.json", "oci-layout"]);
    const blobs = readdirSync(path.join(first, "blobs", "sha256"));
    expect(blobs).toHaveLength(3);
    for (const name of blobs) {
      const content = readFileSync(path.join(first, "blobs", "sha256", name));
      expect(createHash("sha256").update(content).digest("hex")).toBe(name);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
