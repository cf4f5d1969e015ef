import * as pulumi from "@pulumi/pulumi";
import type { Reference } from "../../core/config";
import type { Partner } from "../../probe/inbox";
import type { BundleFile, Holding } from "../../probe/partner";
import { ProjectResource } from "../dynamic/resource";
import type { LocalBundle } from "./deliver";

/** Where a {@link PartnerDrop} goes, and what it brings. */
export interface PartnerDropArgs extends Omit<Partner, "password">, BundleFile {
  /** The user's password: a reference, read when it is needed, or a Pulumi secret. @default none: SFTP with a private key */
  readonly password?: Reference | pulumi.Input<string>;
  /** The bundle: a zip on this machine, named by its digest. */
  readonly bundle: LocalBundle;
}

/**
 * A release's bundle in the inbox of a partner who lives on FTP, FTPS or SFTP, with a `.sha256` file beside it.
 *
 * A reader of the inbox sees the old bundle or the new one, never a part of one. `pulumi refresh` reads back what lies
 * there; what is gone or changed is put back by the next `pulumi up`.
 *
 * @example
 * new PartnerDrop("usgs", {
 *   name: "usgs",
 *   url: "sftp://hms@inbox.usgs.example/inbox",
 *   privateKeyFile: "/etc/hms/usgs",
 *   hostKey: { file: "/etc/hms/usgs.hostkey" },
 *   bundle: { path: "bundle.zip", sha256: "9f86d081…", size: 41_984 },
 * });
 */
export class PartnerDrop extends pulumi.ComponentResource {
  /** What was read back from the inbox. */
  declare readonly holds: pulumi.Output<Holding>;

  constructor(name: string, args: PartnerDropArgs, opts?: pulumi.ComponentResourceOptions) {
    const guarded = withSecret(args);
    super("hms:partners:PartnerDrop", name, guarded, opts);

    const drop = new Drop(name, guarded, { parent: this });

    this.holds = drop.holds;
    this.registerOutputs({ holds: this.holds });
  }
}

/** A password that is no reference is a secret, also when the caller forgot to say so. */
function withSecret(args: PartnerDropArgs): PartnerDropArgs {
  return isReference(args.password) ? args : { ...args, password: pulumi.secret(args.password) };
}

function isReference(password: PartnerDropArgs["password"]): password is Reference | undefined {
  return (
    password === undefined ||
    (typeof password === "object" &&
      !pulumi.Output.isInstance(password) &&
      ("env" in password || "file" in password))
  );
}

class Drop extends ProjectResource {
  declare readonly holds: pulumi.Output<Holding>;

  constructor(name: string, args: PartnerDropArgs, opts: pulumi.CustomResourceOptions) {
    super("components/partner-drop/provider", "hms:Drop", name, { ...args, holds: undefined }, opts);
  }
}
