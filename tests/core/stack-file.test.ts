import fs from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { configInFile } from "../../core/config/stack-file";
import { withoutAttributes } from "../../core/state-backend";
import { projectFolder } from "../../store/project";

test("a value is its text, and what is structured is JSON, its keys in order", () => {
  const text = `
encryptionsalt: v1:abc
config:
  hms:release: 12345678
  hms:note: "0123456"
  hms:on: true
  hms:stacks: [cloud, { port: 18080, on: yes }]
`;
  expect(configInFile(text)).toEqual({
    "hms:release": "12345678",
    "hms:note": "0123456",
    "hms:on": "true",
    "hms:stacks": '["cloud",{"on":"yes","port":18080}]',
  });
});

test("a file without a configuration has none", () => {
  expect(configInFile("encryptionsalt: v1:abc\n")).toEqual({});
});

test.each([
  ["a secret", "config: { hms:token: { secure: v1:abc } }"],
  ["a secret further down", "config: { hms:sites: [{ token: { secure: v1:abc } }] }"],
  ["an environment", "environment: [field-offices]\nconfig: { hms:role: cloud }"],
  ["an octal number, or a commit", "config: { hms:release: 0123456 }"],
  ["a number too large, or a commit", "config: { hms:release: 12e4567 }"],
  ["a date", "config: { hms:until: 2026-01-01 }"],
  ["a broken number", "config: { hms:share: 0.5 }"],
  ["nothing as a value", "config:\n  hms:reason:\n"],
  ["a key of the project's own namespace", "config: { role: cloud }"],
  ["a key of old", "config: { hms:config:release: v1 }"],
  ["a directive", "%YAML 1.1\n---\nconfig: { hms:key: yes }"],
  ["a tag", "config: { hms:key: !!binary aGk= }"],
  ["no YAML", "config: ["],
  ["no map", "- config"],
  ["an empty file", ""],
])("of a file with %s Pulumi is asked", (_, text) => {
  expect(configInFile(text)).toBeUndefined();
});

test("the project's own stacks say all in their files", () => {
  const files = fs.readdirSync(projectFolder).filter((name) => /^Pulumi\.[\w-]+\.yaml$/.test(name));
  expect(files.length).toBeGreaterThanOrEqual(5);
  const read = files.map((name) => configInFile(fs.readFileSync(path.join(projectFolder, name), "utf8")));
  expect(read).not.toContain(undefined);
});

test.each([
  ["file:///srv/state", "file:///srv/state?metadata=skip"],
  ["file://~", "file://~?metadata=skip"],
  ["file:///srv/state?no_tmp_dir=true", "file:///srv/state?no_tmp_dir=true&metadata=skip"],
  ["file:///srv/state?metadata=", "file:///srv/state?metadata="],
  ["s3://state?region=eu", "s3://state?region=eu"],
  ["https://api.pulumi.com", "https://api.pulumi.com"],
])("the backend %s is written and read as %s", (url, used) => {
  expect(withoutAttributes(url)).toBe(used);
});
