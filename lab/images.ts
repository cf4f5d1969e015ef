/** The base images of the lab. None is pulled: each is put together from programs of this machine. */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { chmod, copyFile, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { inLab, registry } from "./layout";
import { type ImageConfig, imageDigest, writeImage } from "./oci";
import { once } from "./toolchain/cache";
import { caddyBinary } from "./toolchain/caddy";

/** A base image. */
interface BaseImage {
  readonly name: string;
  /** The programs and libraries of this machine that it is made of. */
  readonly sources: () => Promise<readonly string[]>;
  /** Puts them where they belong. */
  readonly fill: (root: string, sources: readonly string[]) => Promise<void>;
  readonly config: ImageConfig;
}

/** To be raised when what is in the images changes: those in the cache are made anew then. */
const revision = 1;

const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** As their official counterparts are, as far as a user of them can tell. */
const images: readonly BaseImage[] = [
  {
    name: "busybox",
    // Debian's busybox-static.
    sources: () => Promise.resolve(["/bin/busybox"]),
    fill: async (root, [busybox = ""]) => {
      await put(root, busybox, "/bin/busybox");
      const { stdout } = await execa(busybox, ["--list"]);
      const applets = stdout.split("\n").filter((applet) => applet !== "busybox");
      await Promise.all(applets.map((applet) => symlink("busybox", path.join(root, "bin", applet))));
    },
    config: { Env: [searchPath], Cmd: ["sh"] },
  },
  {
    name: "node",
    sources: async () => [process.execPath, ...librariesIn((await execa("ldd", [process.execPath])).stdout)],
    fill: async (root, [node = "", ...libraries]) => {
      await put(root, node, "/usr/local/bin/node");
      for (const library of libraries) await put(root, library, library);
    },
    config: { Env: [searchPath], Cmd: ["node"] },
  },
  {
    name: "caddy",
    sources: async () => [await caddyBinary()],
    fill: async (root, [caddy = ""]) => {
      await put(root, caddy, "/usr/bin/caddy");
      for (const folder of ["config", "data"]) await makeFolder(path.join(root, folder), 0o1777);
    },
    config: {
      Env: [searchPath, "XDG_CONFIG_HOME=/config", "XDG_DATA_HOME=/data"],
      Cmd: ["caddy", "run"],
      User: "1000:1000",
    },
  },
];

/** The libraries that `ldd` names, each where the program looks for it. */
export const librariesIn = (lddOutput: string): string[] =>
  lddOutput.split("\n").flatMap((line) => /(?:=> |^\s*)(\/\S+) \(/.exec(line)?.[1] ?? []);

/** The file that holds the name of a base image by digest, for settings to refer to. */
export const imageFile = (name: string): string => inLab("images", name);

/**
 * Puts the base images into the registry, which must serve, unless they are there as they should be: the same programs
 * give the same digest, also after the lab was down. `REGISTRY/base/NAME:latest` names them.
 * @returns the names of those that were missing
 */
export async function pushBaseImages(): Promise<string[]> {
  const pushed = await Promise.all(images.map(async (image) => ((await push(image)) ? [image.name] : [])));
  return pushed.flat();
}

async function push(image: BaseImage): Promise<boolean> {
  const layout = await layoutOf(image);
  const digest = await imageDigest(layout);
  const repository = `base/${image.name}`;
  const isThere = (await digestInRegistry(repository)) === digest;
  if (!isThere) {
    const target = `docker://${registry}/${repository}:latest`;
    await execa("skopeo", [
      ...["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"],
      ...[`oci:${layout}:latest`, target],
    ]);
  }
  mkdirSync(path.dirname(imageFile(image.name)), { recursive: true });
  writeFileSync(`${imageFile(image.name)}.part`, `${registry}/${repository}@${digest}\n`);
  renameSync(`${imageFile(image.name)}.part`, imageFile(image.name));
  return !isThere;
}

async function digestInRegistry(repository: string): Promise<string | null> {
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
    method: "HEAD",
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
    signal: AbortSignal.timeout(5000),
  });
  return response.ok ? response.headers.get("docker-content-digest") : null;
}

/** The image's OCI layout in the cache, as it takes seconds to pack a hundred megabytes. */
async function layoutOf({ name, sources, fill, config }: BaseImage): Promise<string> {
  const files = await sources();
  const identities = files.map((file) => [file, statSync(file).size, statSync(file).mtimeMs]);
  const key = createHash("sha256")
    .update(JSON.stringify([revision, config, identities]))
    .digest("hex");
  return await once(`image-${name}-${key.slice(0, 16)}`, async (folder) => {
    const root = path.join(folder, "root");
    await makeFolder(root, 0o755);
    await fill(root, files);
    await addCommonFiles(root);
    await writeImage(root, folder, config);
    await rm(root, { recursive: true });
  });
}

/** What every program may count on: somewhere to write, and names for its users. */
async function addCommonFiles(root: string): Promise<void> {
  await makeFolder(path.join(root, "tmp"), 0o1777);
  await makeFolder(path.join(root, "etc"), 0o755);
  const files = {
    passwd: "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\n",
    group: "root:x:0:\nnode:x:1000:\n",
    "nsswitch.conf": "hosts: files dns\n",
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(root, "etc", name), text);
    await chmod(path.join(root, "etc", name), 0o644);
  }
}

/** Makes a folder of exactly that mode, whatever the umask. */
async function makeFolder(folder: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, mode);
}

/** Copies a program or library to its place in an image. */
async function put(root: string, source: string, place: string): Promise<void> {
  const target = path.join(root, place);
  for (let folder = path.dirname(place); folder !== "/"; folder = path.dirname(folder)) {
    await makeFolder(path.join(root, folder), 0o755);
  }
  await copyFile(source, target);
  await chmod(target, 0o755);
}
