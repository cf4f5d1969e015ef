/** Layers as a container sees them. */
import { describe, expect, test } from "@jest/globals";
import { type Layer, layerOf, partsOf, removedBy, squash } from "../../core/contents";

const layer = (parts: Partial<Layer>): Layer => ({
  files: {},
  texts: {},
  programs: {},
  removed: [],
  ...parts,
});

test("a mark removes a file, or all that lies in a folder", () => {
  expect([removedBy("app/.wh.old.js"), removedBy("app/.wh..wh..opq"), removedBy("app/new.js")]).toEqual([
    "app/old.js",
    "app/",
    undefined,
  ]);
});

describe("layers", () => {
  test("hide and remove what lies below them, never what is their own", () => {
    const below = layer({ files: { "a/1": "11", "a/2": "12", "b/1": "13", b2: "14" } });
    const above = layer({ files: { "a/1": "21", "b/3": "23" }, removed: ["a/2", "b/"] });
    expect(squash([below, above]).files).toEqual({ "a/1": "21", b2: "14", "b/3": "23" });
  });
  test("remove a whole folder, and not its namesakes", () => {
    const below = layer({ files: { "app/x": "11", "app/y/z": "12", "app2/x": "13" } });
    expect(squash([below, layer({ removed: ["app"] })]).files).toEqual({ "app2/x": "13" });
  });
  test("forget what a replaced program said", () => {
    const where = "usr/local/bin/node";
    const below = layer({
      files: { [where]: "11" },
      programs: { [where]: [{ kind: "generic", name: "node", version: "24.0.0", where }] },
    });
    expect(partsOf([below, layer({ files: { [where]: "22" } })])).toEqual([
      { kind: "file", name: where, sha256: "22", where },
    ]);
  });
});

test("parts are packages, and each file that came with none", () => {
  const list = "var/lib/dpkg/info/libc6.list";
  const found = partsOf([
    layer({
      files: {
        "usr/lib/libc.so.6": "11",
        "app/server.js": "12",
        "app/node_modules/a/index.js": "13",
        "app/node_modules/a/package.json": "15",
        [list]: "14",
      },
      texts: {
        [list]: "/lib/libc.so.6\n",
        "app/node_modules/a/package.json": '{"name":"a","version":"1.0.0"}',
      },
    }),
  ]);
  expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["npm a", "file app/server.js"]);
});

test("a bundle is one layer: its files by digest, and the packages that they tell of", () => {
  const text = Buffer.from('{"name":"rules","version":"1.0.0"}');
  expect(partsOf([layerOf([["package.json", text]])]).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "npm rules",
    "file package.json",
  ]);
  expect(layerOf([["a", Buffer.from("")]]).files).toEqual({
    a: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  });
});
