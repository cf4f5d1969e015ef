/** Images on the engine. */
import { messageOf } from "../provider/provider";
import type { Engine } from "./api";
import { loginHeader } from "./credentials";
import { lineOf } from "./messages";
import { parseReference } from "./reference";
import type { Docker } from "./session";

/** What the engine knows of an image. */
export interface ImageDetails {
  /** The digest of its configuration: `sha256:…`. */
  readonly Id: string;
  /** `repository@sha256:…`, for each registry that it was pulled from or pushed to. */
  readonly RepoDigests: readonly string[] | null;
}

/** An image that the engine has. */
export const localImage = (engine: Engine, name: string): Promise<ImageDetails | undefined> =>
  engine.find<ImageDetails>(`/images/${name}/json`);

async function pull(docker: Docker, name: string, platform?: string): Promise<void> {
  const { repository, registry, tag = "latest", digest } = parseReference(name);
  const query = { fromImage: repository, tag: digest ?? tag, platform };
  const headers = { "X-Registry-Auth": loginHeader(docker.logins()[registry ?? "registry.hub.docker.com"]) };
  const told = docker.engine().follow("POST", "/images/create", { query, headers });
  for await (const message of told) lineOf(message);
}

/** An image, pulled if the engine does not have it. */
export async function findImage(docker: Docker, name: string, platform?: string): Promise<ImageDetails> {
  const found = await localImage(docker.engine(), name);
  if (found) return found;
  try {
    await pull(docker, name, platform);
  } catch (error) {
    throw new Error(`unable to pull image ${name}: error pulling image ${name}: ${messageOf(error)}`);
  }
  const pulled = await localImage(docker.engine(), name);
  if (pulled) return pulled;
  throw new Error(`unable to find or pull image ${name}`);
}

/** The name of an image by its digest, as the registry of that name knows it; empty for one that no registry knows. */
export function repoDigestOf(name: string, { RepoDigests }: ImageDetails): string {
  const digests = RepoDigests ?? [];
  const { repository } = parseReference(name);
  return digests.find((digest) => digest.startsWith(`${repository}@`)) ?? digests[0] ?? "";
}
