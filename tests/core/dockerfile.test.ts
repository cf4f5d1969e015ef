/** The images that a Dockerfile names. */
import { expect, test } from "@jest/globals";
import { baseImagesOf } from "../../core/dockerfile";

const bases = (text: string, args: Record<string, string> = {}): string[] =>
  baseImagesOf(text, args, "linux/amd64");

test.each([
  ["one with registry and tag", "FROM registry.example.gov/node:24\n", ["registry.example.gov/node:24"]],
  ["docker's own registry and newest tag", "FROM node", ["docker.io/library/node:latest"]],
  ["a user's at docker's registry", "from user/app:1", ["docker.io/user/app:1"]],
  ["one by digest", "FROM localhost:5000/a@sha256:00", ["localhost:5000/a@sha256:00"]],
  ["one for a platform", "FROM --platform=$BUILDPLATFORM node:24 AS b", ["docker.io/library/node:24"]],
  ["stages once, and not as images", "FROM a:1 AS Build\nFROM build\nFROM a:1", ["docker.io/library/a:1"]],
  ["nothing that is scratch", "FROM scratch", []],
  [
    "those that files are copied from",
    "FROM a:1\nCOPY --from=b:2 /x /x\nCOPY --from=0 /y /y",
    ["docker.io/library/a:1", "docker.io/library/b:2"],
  ],
  [
    "those that are mounted",
    "FROM scratch\nRUN --mount=type=bind,from=c:3,target=/x true",
    ["docker.io/library/c:3"],
  ],
  ["none of a comment", "# FROM x\nFROM a:1\n  # FROM y\n", ["docker.io/library/a:1"]],
  ["lines that go on", "FROM \\\n  a:1 \\\n  AS b\n", ["docker.io/library/a:1"]],
])("%s", (_what, text, images) => {
  expect(bases(text)).toEqual(images);
});

test("build arguments win over defaults, and only those before the first FROM count", () => {
  const text =
    'ARG TAG="24" OTHER\nARG BASE=node:${TAG}-slim\nFROM ${BASE}\nARG LATE=x\nFROM ${LATE:-b:1}${OTHER:+never}';
  expect(bases(text)).toEqual(["docker.io/library/node:24-slim", "docker.io/library/b:1"]);
  expect(bases(text, { BASE: "127.0.0.1:5000/base/node:1" })[0]).toBe("127.0.0.1:5000/base/node:1");
});
