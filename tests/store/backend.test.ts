import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { backendUrl } from "../../store/backend";

const before = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-backend-"));
  fs.mkdirSync(path.join(folder, "home"));
  Object.assign(process.env, { PULUMI_HOME: path.join(folder, "home") });
  delete process.env["PULUMI_BACKEND_URL"];
  delete process.env["PULUMI_CREDENTIALS_PATH"];
});
afterEach(() => {
  process.env = { ...before };
  fs.rmSync(folder, { recursive: true });
});
const put = (name: string, text: string): void => {
  fs.writeFileSync(path.join(folder, name), text);
};

test("the environment comes before the project, and the project before the login", () => {
  expect(backendUrl(folder)).toBeUndefined();
  put("home/credentials.json", '{"current": "file:///login"}');
  expect(backendUrl(folder)).toBe("file:///login");
  put("Pulumi.yaml", "name: hms\nbackend: { url: file:///project }\n");
  expect(backendUrl(folder)).toBe("file:///project");
  process.env["PULUMI_BACKEND_URL"] = "file:///environment";
  expect(backendUrl(folder)).toBe("file:///environment");
});

test("credentials may lie elsewhere than the rest of Pulumi's files", () => {
  put("credentials.json", '{"current": "file:///elsewhere"}');
  put("home/credentials.json", '{"current": "file:///home"}');
  process.env["PULUMI_CREDENTIALS_PATH"] = folder;
  expect(backendUrl(folder)).toBe("file:///elsewhere");
});

test("of files that say nothing Pulumi may say what is wrong", () => {
  put("Pulumi.yaml", "[");
  put("home/credentials.json", "{");
  expect(backendUrl(folder)).toBeUndefined();
});
