import * as pulumi from "@pulumi/pulumi";
import { ProjectResource } from "../dynamic/resource";

/** What goes into a {@link Bundle}. */
export interface BundleArgs {
  /** The folder of a clean export of one commit, from the project's folder. */
  readonly folder: string;
  /** Patterns of the files that go in, from that folder, e.g. `rules/**`. */
  readonly files: readonly string[];
  /** When the commit was made: seconds since 1970, UTC. It becomes the files' time. */
  readonly committedAt: number;
}

/**
 * A zip for partners, the same bytes on every machine, kept among the trail's blobs by its digest.
 *
 * @example
 * const bundle = new Bundle("flood-formula", {
 *   folder: ".hms/exports/4b825dc",
 *   files: ["formula.js", "rules/**"],
 *   committedAt: 1795392000,
 * });
 * export const sha256 = bundle.sha256;
 */
export class Bundle extends pulumi.ComponentResource {
  /** Hex SHA-256 of the zip. */
  declare readonly sha256: pulumi.Output<string>;
  /** Bytes. */
  declare readonly size: pulumi.Output<number>;

  constructor(name: string, args: BundleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("hms:build:Bundle", name, args, opts);

    const zip = new Zip(`${name}-zip`, args, { parent: this, retainOnDelete: true });

    this.sha256 = zip.sha256;
    this.size = zip.size;
    this.registerOutputs({ sha256: this.sha256, size: this.size });
  }
}

class Zip extends ProjectResource {
  declare readonly sha256: pulumi.Output<string>;
  declare readonly size: pulumi.Output<number>;

  constructor(name: string, args: BundleArgs, opts: pulumi.CustomResourceOptions) {
    super(
      "components/bundle/provider",
      "hms:Zip",
      name,
      { ...args, sha256: undefined, size: undefined },
      opts,
    );
  }
}
