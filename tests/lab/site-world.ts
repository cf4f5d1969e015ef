/** A site of the lab on its own: releases that are made, brought and activated there without the pipeline. */
import { createPrivateKey, randomBytes, sign } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { makeLayouts } from "../../components/site/layout";
import { manifestOf } from "../../core/manifest";
import { shortDigest } from "../../core/release";
import { imageFile } from "../../lab/images";
import { siteEngine, socketOf } from "../../lab/docker";
import { signingKeys } from "../../lab/keys";
import { cloudDocker, inLab, registry, sites } from "../../lab/layout";
import { siteHome } from "../../lab/site";
import { inspectImage } from "../../probe/registry";
import { projectFolder, workFolder } from "../../store/project";
import { aRelease } from "../fixtures";

/** The site that is worked on. */
export const [site] = sites;
export const service = "flood-formula";
export const serviceFolder = path.join(siteHome(site.name), service);
/** Where citizens reach the service. */
export const url = `http://${site.address}:8080/`;
/** A request that takes a while. */
export const slowUrl = `${url}slow`;

/** How long a slow request takes. */
const slowMs = 6000;

const siteEnv = { DOCKER_HOST: `unix://${socketOf(siteEngine(site))}` };

/** A release that can be activated. */
export interface Shipped {
  readonly tag: string;
  /** The name of its folder below `releases/`. */
  readonly release: string;
  /** The name of its image's folder, which its container is named after. */
  readonly image: string;
  readonly imageId: string;
  readonly blobs: readonly string[];
}

/** A server in one file. `well` says whether it is healthy, and may look at whether it was `asked` for something. */
const server = (version: string, well: string): string => `
const http = require("node:http");
let asked = false;
http.createServer((request, response) => {
  if (request.url === "/health") {
    response.statusCode = ${well} ? 200 : 503;
    return response.end();
  }
  asked = true;
  setTimeout(() => response.end("${version}"), request.url === "/slow" ? ${String(slowMs)} : 0);
}).listen(8080);
// It is told to stop only when nobody waits for an answer any more, so it need not wait for anybody.
process.on("SIGTERM", () => process.exit(0));
`;
const check = `
require("node:http").get("http://127.0.0.1:8080/health", (response) => process.exit(response.statusCode === 200 ? 0 : 1))
  .on("error", () => process.exit(1));
`;

/**
 * Makes a release, with its layout and its signed manifest on the pipeline's side.
 *
 * @param well what its health check says, as an expression
 * @param ballastMiB how much it brings along that can't be packed
 */
export async function makeRelease(version: string, well = "true", ballastMiB = 0): Promise<Shipped> {
  const folder = fs.mkdtempSync(inLab("image-"));
  fs.writeFileSync(path.join(folder, "server.js"), server(version, well));
  fs.writeFileSync(path.join(folder, "check.js"), check);
  fs.writeFileSync(path.join(folder, "ballast"), randomBytes(ballastMiB * 1024 * 1024));
  fs.writeFileSync(
    path.join(folder, "Dockerfile"),
    `FROM ${registry}/base/node\nCOPY server.js check.js ballast /\nHEALTHCHECK CMD ["node", "/check.js"]\nCMD ["node", "/server.js"]\n`,
  );
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}`, DOCKER_BUILDKIT: "0" };
  const name = `${registry}/site-world:${version}`;
  await execa("docker", ["build", "--quiet", "--tag", name, folder], { env });
  await execa("docker", ["push", "--quiet", name], { env });
  fs.rmSync(folder, { recursive: true });
  const { stdout } = await execa("docker", ["inspect", "-f", "{{index .RepoDigests 0}}", name], { env });
  return signed(version, stdout);
}

async function signed(version: string, image: string): Promise<Shipped> {
  const { imageId, blobs } = await inspectImage(image);
  const commit = Buffer.from(version).toString("hex").padEnd(40, "0");
  const tag = commit.slice(0, 7);
  const manifest = manifestOf(
    { ...aRelease(), service, tag, commit, image, imageId },
    blobs.map(({ digest }) => digest),
  );
  const release = `r-${version}`;
  const to = path.join(workFolder, "layouts", "releases", release);
  fs.mkdirSync(to, { recursive: true });
  const key = createPrivateKey(fs.readFileSync(path.join(signingKeys, "signing.pem")));
  fs.writeFileSync(path.join(to, "manifest"), manifest);
  fs.writeFileSync(path.join(to, "signature"), sign(null, Buffer.from(manifest), key));
  await layOut(image);
  return {
    tag,
    release,
    image: shortDigest(image),
    imageId,
    blobs: blobs.map(({ digest }) => digest.replace("sha256:", "")),
  };
}

const layOut = async (image: string): Promise<void> => {
  if (!fs.existsSync(path.join(workFolder, "layouts", "images", shortDigest(image), "digests"))) {
    await makeLayouts([image]);
  }
};

/** Another proxy: the same Caddy, in an image that is not the same. */
export async function makeOtherProxy(): Promise<string> {
  const folder = fs.mkdtempSync(inLab("image-"));
  fs.writeFileSync(path.join(folder, "Dockerfile"), `FROM ${registry}/base/caddy\nLABEL other=yes\n`);
  const env = { DOCKER_HOST: `unix://${cloudDocker.socket}`, DOCKER_BUILDKIT: "0" };
  const name = `${registry}/site-world-proxy:other`;
  await execa("docker", ["build", "--quiet", "--tag", name, folder], { env });
  await execa("docker", ["push", "--quiet", name], { env });
  fs.rmSync(folder, { recursive: true });
  const { stdout } = await execa("docker", ["inspect", "-f", "{{index .RepoDigests 0}}", name], { env });
  return stdout;
}

/** The image by digest of the proxy that the lab's settings name. */
export const labProxy = (): string => fs.readFileSync(imageFile("caddy"), "utf8").trim();

/** Brings a release to the site, as a transfer or a medium does. */
export async function bring(shipped: Shipped, proxy = labProxy()): Promise<void> {
  await layOut(proxy);
  const proxyName = shortDigest(proxy);
  const layouts = path.join(workFolder, "layouts");
  const blobs = (name: string): string[] =>
    fs
      .readFileSync(path.join(layouts, "images", name, "digests"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.replace(/^\S+ {2}/, ""));
  const scripts = [
    "components/site/activate.sh",
    "components/site/deactivate.sh",
    "components/site/lock.sh",
    "components/host/swap.sh",
    "probe/serving.sh",
  ];
  fs.mkdirSync(path.join(serviceFolder, "bin"), { recursive: true });
  for (const script of scripts) {
    fs.copyFileSync(path.join(projectFolder, script), path.join(serviceFolder, "bin", path.basename(script)));
  }
  const files = [proxyName, shipped.image].flatMap((name) => [
    ...["digests", "id"].map((file) => `images/${name}/${file}`),
    ...blobs(name),
  ]);
  const release = ["manifest", "signature"].map((file) => `releases/${shipped.release}/${file}`);
  await execa("rsync", ["-rt", "--files-from=-", `${layouts}/`, `${serviceFolder}/`], {
    input: [...files, ...release].join("\n"),
  });
}

/** How an activation is asked for; see activate.sh. */
export interface Options {
  readonly proxy?: string;
  readonly seconds?: number;
  readonly keep?: number;
  readonly drainSeconds?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** What an activation did. */
export interface Activated {
  /** None when it was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** The arguments of activate.sh. */
export const argumentsOf = (shipped: Shipped, options: Options = {}): string[] => [
  service,
  shipped.release,
  shipped.image,
  shipped.imageId,
  shortDigest(options.proxy ?? labProxy()),
  "0.0.0.0:8080",
  "8080",
  String(options.seconds ?? 15),
  String(options.keep ?? 3),
  String(options.drainSeconds ?? 30),
];

/** Starts the script on the site, in a group of processes of its own. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa("setsid", ["sh", path.join(serviceFolder, "bin", "activate.sh"), ...args], {
    env: { ...siteEnv, ...env },
    reject: false,
  });
}

/** Activates a release that was brought. */
export async function activate(shipped: Shipped, options: Options = {}): Promise<Activated> {
  const { exitCode, stdout, stderr } = await start(argumentsOf(shipped, options), options.env);
  return { exitCode, stdout, stderr };
}

/** Brings a release, activates it, and insists that it serves. */
export async function ship(shipped: Shipped, options: Options = {}): Promise<void> {
  await bring(shipped, options.proxy);
  const { exitCode, stderr } = await activate(shipped, options);
  if (exitCode !== 0) throw new Error(`${shipped.release}: ${stderr}`);
}

/**
 * The environment of an activation that is killed, as its n-th call of docker begins or has ended; and what it called is noted.
 * The script itself is as always: what kills it stands before docker in its PATH.
 */
export function killedAt(call: number, when: "before" | "after", whom: "script" | "session"): Killed {
  const folder = fs.mkdtempSync(inLab("kill-"));
  const target = whom === "script" ? "$KILL_PID" : "-$KILL_PID";
  const wrapper = `#!/bin/sh
printf '%s %s\\n' "\${NOTE-}" "$(printf %s "$*" | tr '\\n' ' ')" >>"${folder}/calls"
[ "$(grep -c . "${folder}/calls")" = ${String(call)} ] || exec /usr/bin/env PATH="$REAL_PATH" docker "$@"
KILL_PID=$(cat "${folder}/pid")
${when === "after" ? `PATH=$REAL_PATH docker "$@"` : ""}
kill -9 ${target}
`;
  fs.writeFileSync(path.join(folder, "docker"), wrapper, { mode: 0o755 });
  const PATH = process.env["PATH"] ?? "";
  return {
    env: { PATH: `${folder}:${PATH}`, REAL_PATH: PATH },
    begins: (pid) => {
      fs.writeFileSync(path.join(folder, "pid"), String(pid));
    },
    calls: () => fs.readFileSync(path.join(folder, "calls"), "utf8").trimEnd().split("\n"),
  };
}

/** See {@link killedAt}. */
export interface Killed {
  readonly env: Readonly<Record<string, string>>;
  /** To be told the script's process. */
  readonly begins: (pid: number) => void;
  /** What docker was called with so far, each after the variable NOTE. */
  readonly calls: () => string[];
}

/** What the site's docker engine answers. */
export async function docker(...args: string[]): Promise<string> {
  return (await execa("docker", args, { env: siteEnv })).stdout;
}

/** The names of the service's containers, and whether they run. */
export async function containers(): Promise<Record<string, string>> {
  const lines = await docker("ps", "-a", "--format", "{{.Names}} {{.State}}");
  return Object.fromEntries(
    lines
      .split("\n")
      .filter((line) => line !== "")
      .sort()
      .map((line) => line.split(" ") as [string, string]),
  );
}

/** What is answered at the site's published port; `nothing` when nobody answers. */
export async function answer(): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return response?.ok === true ? response.text() : "nothing";
}

/** Takes the service off the site. */
export async function remove(): Promise<void> {
  if (!fs.existsSync(path.join(serviceFolder, "bin", "deactivate.sh"))) return;
  await execa("sh", [path.join(serviceFolder, "bin", "deactivate.sh"), service], { env: siteEnv });
}
