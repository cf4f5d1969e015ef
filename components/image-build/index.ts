import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { taggedImage } from "../../core/release";

/** What {@link ImageBuild} builds, and where it pushes. */
export interface ImageBuildArgs {
  /** The folder of a clean export of one commit, from the project's folder. */
  readonly context: string;
  /** Path of the Dockerfile, from the project's folder. */
  readonly dockerfile: string;
  /** The tree of the commit: the same tree is not built again. */
  readonly tree: string;
  /** The image's repository, without a tag. */
  readonly repository: string;
  /** Build arguments. @default none */
  readonly args?: Readonly<Record<string, string>>;
  /** The platform that is built for. @default linux/amd64 */
  readonly platform?: string;
  /** The docker engine that builds: `unix://…`, `tcp://…` or `ssh://…`. @default DOCKER_HOST, or the machine's own */
  readonly host?: string;
  /** A tag under which the engine holds it; then it is not pushed, and has no digest. @default none: it is pushed */
  readonly draft?: string;
}

/**
 * Builds an image from one commit, and pushes it. Targets are given its digest.
 *
 * @example
 * const build = new ImageBuild("flood-formula", {
 *   context: ".hms/exports/4b825dc",
 *   dockerfile: ".hms/exports/4b825dc/Dockerfile",
 *   tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
 *   repository: "registry.example.gov/flood-formula",
 * });
 * export const image = build.image;
 */
export class ImageBuild extends pulumi.ComponentResource {
  /** `repository@sha256:…` */
  declare readonly image: pulumi.Output<string>;

  constructor(name: string, args: ImageBuildArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:build:ImageBuild", name, args, opts);

    const provider = new docker.Provider(`${name}-engine`, { host: args.host }, { parent: this });
    const image = new docker.Image(
      `${name}-image`,
      {
        // Named by its content: a new commit with the same tree changes nothing here.
        imageName:
          args.draft === undefined
            ? taggedImage(args.repository, args.tree)
            : `${args.repository}:${args.draft}`,
        skipPush: args.draft === undefined ? undefined : true,
        build: {
          context: args.context,
          dockerfile: args.dockerfile,
          platform: args.platform ?? "linux/amd64",
          args: args.args,
        },
      },
      // The registry keeps what targets may have to go back to.
      { parent: this, provider, retainOnDelete: true },
    );

    this.image = image.repoDigest;
    this.registerOutputs({ image: this.image });
  }
}
