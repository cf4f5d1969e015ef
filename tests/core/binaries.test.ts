/** What programs say of themselves. */
import { describe, expect, test } from "@jest/globals";
import { isProgram, partsOfProgram } from "../../core/binaries";

/** A text after its length, as Go writes it. */
function goText(text: string): Buffer {
  const length = Buffer.byteLength(text, "latin1");
  const varint = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([Buffer.from(varint), Buffer.from(text, "latin1")]);
}

/** A program as Go builds it: the information lies on a multiple of 16 bytes. */
function goProgram(modules: string, flags = 2): Buffer {
  const head = Buffer.concat([Buffer.from("\xff Go buildinf:\x08", "latin1"), Buffer.from([flags])]);
  const frame = "f".repeat(16);
  return Buffer.concat([
    Buffer.from("\x7fELF".padEnd(64, "\0"), "latin1"),
    head.subarray(0, 16),
    Buffer.alloc(16),
    goText("go1.26.8"),
    goText(frame + modules + frame),
  ]);
}

const modules =
  "path\texample.gov/tool\nmod\texample.gov/tool\t(devel)\t\n" +
  "dep\tgithub.com/a/b\tv1.2.3\th1:x=\ndep\tgithub.com/old\tv1.0.0\n=>\tgithub.com/new\tv2.0.0\th1:y=\n" +
  "build\t-compiler=gc\n";

describe("a program of Go", () => {
  test("says its modules, those that were replaced by what took their place", () => {
    const found = partsOfProgram(goProgram(modules), "usr/bin/tool");
    expect(found.map(({ name, version }) => [name, version])).toEqual([
      ["stdlib", "1.26.8"],
      ["example.gov/tool", undefined],
      ["github.com/a/b", "v1.2.3"],
      ["github.com/new", "v2.0.0"],
    ]);
    expect(found[0]).toEqual({ kind: "golang", name: "stdlib", version: "1.26.8", where: "usr/bin/tool" });
  });
  test("of before 1.18 says nothing that is read here", () => {
    expect(partsOfProgram(goProgram(modules, 0), "usr/bin/tool")).toEqual([]);
  });
});

describe("other programs", () => {
  const node = Buffer.from("\x7fELF…node.js/v24.21.0\0", "latin1");
  test("say their version, under their own name alone", () => {
    expect(partsOfProgram(node, "usr/local/bin/node")).toEqual([
      { kind: "generic", name: "node", version: "24.21.0", where: "usr/local/bin/node" },
    ]);
    expect(partsOfProgram(node, "usr/local/bin/other")).toEqual([]);
  });
  test("may say none", () => {
    expect(partsOfProgram(Buffer.from("\x7fELF"), "bin/busybox")).toEqual([]);
  });
  test("are told by their first bytes", () => {
    expect([isProgram(node), isProgram(Buffer.from("#!/bin/sh"))]).toEqual([true, false]);
  });
});
