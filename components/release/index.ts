import * as pulumi from "@pulumi/pulumi";
import type { Recipe } from "../../core/provenance";
import { ProjectResource } from "../dynamic/resource";

/** What a {@link Release} records. */
export interface ReleaseArgs {
  /** Full commit hash. */
  readonly commit: string;
  /** Hash of the commit's tree. */
  readonly tree: string;
  /** The commit's first line. */
  readonly subject: string;
  readonly service: string;
  /** `repository@sha256:…`, from {@link ImageBuild}. */
  readonly image: pulumi.Input<string>;
  /** Hex SHA-256 of the bundle, from {@link Bundle}. */
  readonly bundleSha256: pulumi.Input<string>;
  /** Bytes of the bundle. */
  readonly bundleSize: pulumi.Input<number>;
  /** `sha256:…` of the passing compliance report. */
  readonly report: string;
  /** What it was built from and how, for its provenance. */
  readonly recipe: Recipe;
  /** The file of the platform's exceptions, which let a finding in what was built pass. @default none */
  readonly exceptions?: string;
}

/**
 * The record of one build, written into the trail with its signed provenance and bills of materials. What is written is
 * read back from the registry.
 *
 * @example
 * const release = new Release("flood-formula", {
 *   commit: "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a",
 *   tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
 *   subject: "Fix overflow",
 *   service: "flood-formula",
 *   image: build.image,
 *   bundleSha256: bundle.sha256,
 *   bundleSize: bundle.size,
 *   report: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
 *   recipe: {
 *     repository: "ssh://git@git.agency.example/flood-formula.git",
 *     committedAt: 1795392000,
 *     context: ".",
 *     dockerfile: "Dockerfile",
 *     bundle: ["formula.js", "rules/**"],
 *     args: {},
 *     platform: "linux/amd64",
 *   },
 * });
 * export const tag = release.tag;
 */
export class Release extends pulumi.ComponentResource {
  /** The release's tag. */
  declare readonly tag: pulumi.Output<string>;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:build:Release", name, args, opts);

    const record = new Record(`${name}-record`, args, { parent: this, retainOnDelete: true });

    this.tag = record.tag;
    this.registerOutputs({ tag: this.tag });
  }
}

class Record extends ProjectResource {
  declare readonly tag: pulumi.Output<string>;

  constructor(name: string, args: ReleaseArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "components/release/provider",
      "hms:Record",
      name,
      { ...args, tag: undefined, imageId: undefined },
      opts,
    );
  }
}
