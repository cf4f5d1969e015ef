/** A site's folder with the real scripts in it, before a docker engine that is not one: see fake-docker.ts. */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { manifestOf } from "../../core/manifest";
import { shortDigest } from "../../core/release";
import { projectFolder } from "../../store/project";
import { aRelease } from "../fixtures";
import { FakeDocker } from "./fake-docker";

/** A release that can be activated on the site. */
export interface Brought {
  readonly release: string;
  readonly image: string;
  readonly imageId: string;
  /** The layer of its own; it has those below in common with the others. */
  readonly blob: string;
}

/** What the script did. */
export interface Done {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const scripts = [
  "components/site/activate.sh",
  "components/site/deactivate.sh",
  "components/site/lock.sh",
  "components/host/swap.sh",
  "probe/serving.sh",
];

/** What a POSIX system has beside a shell, as far as the scripts use it, and what they need besides. */
const commands = (
  "cat chmod cut date dirname env find grep head ln ls mkdir mktemp mv openssl readlink rm sed sh sha256sum " +
  "sort tail tar tr touch"
).split(" ");

/** A site of its own for each test. */
export class SiteFolder {
  readonly site = fs.mkdtempSync(path.join(os.tmpdir(), "hms-site-"));
  readonly folder = path.join(this.site, "flood-formula");
  /** Its docker engine. */
  readonly engine: FakeDocker;

  /** @param extra commands that the site has beside those of a POSIX system, such as flock */
  constructor(extra: readonly string[] = []) {
    for (const folder of [".trusted", "flood-formula/bin", "path"]) {
      fs.mkdirSync(path.join(this.site, folder), { recursive: true });
    }
    for (const script of scripts) {
      fs.copyFileSync(path.join(projectFolder, script), this.in("bin", path.basename(script)));
    }
    for (const command of [...commands, ...extra]) {
      const found = ["/usr/bin", "/bin"].map((each) => path.join(each, command)).find(fs.existsSync);
      if (found === undefined) throw new Error(`this machine has no ${command}`);
      fs.symlinkSync(found, path.join(this.site, "path", command));
    }
    // Nobody waits here for a container.
    fs.writeFileSync(path.join(this.site, "path", "sleep"), "#!/bin/sh\nexec /bin/sleep 0.05\n", {
      mode: 0o755,
    });
    fs.writeFileSync(
      path.join(this.site, ".trusted", "key.pem"),
      publicKey.export({ type: "spki", format: "pem" }),
    );
    this.engine = new FakeDocker(path.join(this.site, "path"));
    this.putImage("p".repeat(12), "proxy", ["proxy"]);
  }

  /** Ends its engine. */
  close(): void {
    this.engine.close();
  }

  /** A path in the service's folder. */
  in(...parts: string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** Brings a release; those of one content have the same image. */
  bring(release: string, content = release): Brought {
    const image = `registry.example.gov/flood-formula@sha256:${sha256(`image ${content}`)}`;
    const layers = ["system", "base", content];
    const imageId = this.putImage(shortDigest(image), content, layers);
    const blobs = [imageId, ...layers.map((text) => `sha256:${sha256(text)}`)];
    const manifest = manifestOf({ ...aRelease(), tag: `tag-${release}`, image, imageId }, blobs);
    fs.mkdirSync(this.in("releases", release), { recursive: true });
    fs.writeFileSync(this.in("releases", release, "manifest"), manifest);
    fs.writeFileSync(
      this.in("releases", release, "signature"),
      sign(null, Buffer.from(manifest), privateKey),
    );
    return { release, image: shortDigest(image), imageId, blob: sha256(content) };
  }

  private putImage(name: string, content: string, layers: readonly string[]): string {
    const config = JSON.stringify({
      config: { Labels: { content } },
      // What is in a layer is compressed on its way; what an engine calls it is something else.
      rootfs: { type: "layers", diff_ids: layers.map((text) => `sha256:${sha256(`inside ${text}`)}`) },
    });
    const blobs = [config, ...layers];
    const imageId = `sha256:${sha256(config)}`;
    for (const folder of [`images/${name}`, "blobs/sha256"]) {
      fs.mkdirSync(this.in(folder), { recursive: true });
    }
    for (const text of blobs) fs.writeFileSync(this.in("blobs/sha256", sha256(text)), text);
    fs.writeFileSync(this.in("images", name, "id"), `${imageId}\n`);
    fs.writeFileSync(
      this.in("images", name, "digests"),
      blobs.map((text) => `${sha256(text)}  blobs/sha256/${sha256(text)}\n`).join(""),
    );
    return imageId;
  }

  /** Runs the script with these arguments. */
  async run(...args: string[]): Promise<Done> {
    const { exitCode, stdout, stderr } = await execa("sh", [this.in("bin/activate.sh"), ...args], {
      env: { PATH: path.join(this.site, "path") },
      extendEnv: false,
      reject: false,
    });
    const { unexpected } = this.engine;
    if (unexpected.length > 0) throw new Error(`nobody expects: docker ${unexpected.join(", ")}; ${stderr}`);
    return { exitCode, stdout, stderr: stderr.replaceAll(this.site, "SITE") };
  }

  /** The arguments of the script. */
  argumentsOf({ release, image, imageId }: Brought, keep = 3): string[] {
    const rest = ["p".repeat(12), "127.0.0.1:8080", "8080", "1", String(keep), "0"];
    return ["flood-formula", release, image, imageId, ...rest];
  }

  /** Activates a release that was brought. */
  activate(brought: Brought, keep = 3): Promise<Done> {
    return this.run(...this.argumentsOf(brought, keep));
  }
}
