/** Log-ins of registries. They travel in a header, and are never shown. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** A log-in, as the engine takes it. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
  readonly serveraddress?: string;
}

interface ConfigFile {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string }>
  >;
}

/** The address of a registry without scheme and path. */
export const hostOf = (address: string): string => address.replace(/^https?:\/\//, "").split("/")[0] ?? "";

/** Log-ins out of the text of docker's own settings file, by registry. */
export function loginsIn(content: string): Record<string, Login> {
  const { auths = {} } = JSON.parse(content) as ConfigFile;
  return Object.fromEntries(
    Object.entries(auths).map(([address, { auth, username, password }]) => {
      const [user, ...secret] = auth === undefined ? [] : Buffer.from(auth, "base64").toString().split(":");
      const login =
        auth === undefined ? { username, password } : { username: user, password: secret.join(":") };
      return [hostOf(address), { ...login, serveraddress: address }];
    }),
  );
}

/** The text of a file; none if there is no such file. */
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The log-ins that the docker command of this user knows. */
export function userLogins(): Record<string, Login> {
  const folder = process.env["DOCKER_CONFIG"] ?? path.join(homedir(), ".docker");
  return loginsIn(contentOf(path.join(folder, "config.json")) ?? "{}");
}

/** A log-in for the header `X-Registry-Auth`; without one the engine goes in as nobody. */
export const loginHeader = (login: Login | undefined): string =>
  Buffer.from(JSON.stringify(login ?? {})).toString("base64url");
