/** Where Pulumi keeps the state of this project's stacks: found as Pulumi finds it. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { projectFolder } from "./project";

/** The backend's address: what the environment says, else `Pulumi.yaml`, else where somebody has logged in. */
export function backendUrl(folder = projectFolder): string | undefined {
  const { PULUMI_BACKEND_URL: named = "" } = process.env;
  return named === "" ? (projectBackend(folder) ?? lastLogin()) : named;
}

function projectBackend(folder: string): string | undefined {
  const project = read(path.join(folder, "Pulumi.yaml"), parse) as { backend?: { url?: unknown } } | null;
  return textOf(project?.backend?.url);
}

function lastLogin(): string | undefined {
  const { PULUMI_CREDENTIALS_PATH: own = "", PULUMI_HOME: home = "" } = process.env;
  const folder = [own, home].find((each) => each !== "") ?? path.join(os.homedir(), ".pulumi");
  const credentials = read(path.join(folder, "credentials.json"), JSON.parse) as { current?: unknown } | null;
  return textOf(credentials?.current);
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** What a file says; null when it can't be read: then Pulumi says why. */
function read(file: string, parser: (text: string) => unknown): unknown {
  try {
    return parser(fs.readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}
