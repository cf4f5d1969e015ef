/** What the settings of a stack must say of an enrolled site: printed, never written (design D13). */
import path from "node:path";
import { stringify } from "yaml";
import { projectFolder } from "../../store/project";
import type { SitePlace } from "./place";

/** What is known of the site. */
export interface SiteWays {
  readonly name: string;
  readonly host: string;
  readonly sshPort: number;
  readonly user: string;
  readonly folder: string;
  readonly privateKeyFile?: string;
  /** The file that pins the host key. */
  readonly pin: string;
}

/** What settings must say, and whether they do. */
export interface SiteBlock {
  /** The stack's file. */
  readonly file: string;
  /** Whether the file says all of it already. */
  readonly there: boolean;
  /** The site, as an item of `hms:sites`. */
  readonly site: Readonly<Record<string, unknown>>;
  /** The same as YAML, to be pasted below `hms:sites:`. */
  readonly yaml: string;
}

/** The proxy's image of the sites that are there, or what stands for it. */
const placeholder = "docker.io/library/caddy@sha256:PUT-THE-DIGEST-HERE";

/** The block for an enrolled site. */
export function settingsBlock(ways: SiteWays, { target, listed }: SitePlace): SiteBlock {
  const own = listed.find(({ name }) => name === ways.name);
  const privateKeyFile = ways.privateKeyFile ?? own?.privateKeyFile;
  const site = {
    name: ways.name,
    host: ways.host,
    ...(ways.sshPort !== 22 && { sshPort: ways.sshPort }),
    user: ways.user,
    ...(privateKeyFile !== undefined && { privateKeyFile: fromProject(privateKeyFile) }),
    hostKey: { file: fromProject(ways.pin) },
    ...(ways.folder !== "/srv/hms" && { folder: ways.folder }),
    proxyImage: (own ?? listed[0])?.proxyImage ?? placeholder,
  };
  const said = own as Readonly<Record<string, unknown>> | undefined;
  const there = Object.entries(site).every(([key, value]) => same(said?.[key], value));
  return { file: `Pulumi.${target.split("/")[0] ?? ""}.yaml`, there, site, yaml: stringify([site]) };
}

/** A path as settings name it: from the project's folder where it lies there. */
function fromProject(file: string): string {
  const short = path.relative(projectFolder, path.resolve(projectFolder, file));
  return short.startsWith("..") ? path.resolve(projectFolder, file) : short;
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
