import * as pulumi from "@pulumi/pulumi";
import type { PartnerSettings, Reference } from "../../core/config";
import { fileNameOf, isVersioned } from "../../core/drop-files";
import type { TargetId } from "../../core/entry";
import { madeAt } from "../../core/history";
import type { Release } from "../../core/release";
import { readReference, readText } from "../../probe/reference";
import { openTrail } from "../../store/trail";
import { ProjectResource } from "../dynamic/resource";
import { intended, Intent } from "../intent";
import { Receipt } from "../receipt";

/** Where a {@link PartnerDrop} goes, and what it brings. */
export interface PartnerDropArgs {
  /** `STACK/NAME`, the partner's name in the trail. */
  readonly target: TargetId;
  /** The release whose bundle the partner should have. */
  readonly release: Release;
  /** Why, where the release is older than what the target runs. @default none: then the trail must say it */
  readonly reason?: string;
  /** Whether the rollback that is previewed takes the release out of quarantine; an update asks the trail alone. @default false */
  readonly liftsQuarantine?: boolean;
  /** See `driftMark`: another one has the inbox read back again. @default none */
  readonly drift?: number;
  /** Path of the bundle's zip on this machine. */
  readonly bundlePath: string;
  /** Where the inbox is, how to log in, and how the server proves who it is. */
  readonly settings: PartnerDropSettings;
}

/** A partner's settings; in a program of one's own, the password may be a Pulumi secret, too. */
export type PartnerDropSettings = Omit<PartnerSettings, "password"> & {
  /** The user's password: a reference, read when it is needed, or a secret. @default none: SFTP with a private key */
  readonly password?: Reference | pulumi.Input<string>;
};

/**
 * A release's bundle in the inbox of a partner who lives on FTP, FTPS or SFTP, with a `.sha256` file and a signature
 * (`.sig`) beside it.
 *
 * A reader of the inbox sees the old bundle or the new one, never a part of one. `pulumi refresh` reads back what lies
 * there; what is gone or changed is put back by the next `pulumi up`, unless the partner is meant to take it away.
 *
 * @example
 * new PartnerDrop("usgs", { target: "partners/usgs", release, bundlePath: ".hms/trail/blobs/sha256/9f86d0…", settings });
 */
export class PartnerDrop extends pulumi.ComponentResource {
  /** What was read back from the inbox, on one line. */
  declare readonly receipt: pulumi.Output<string>;

  constructor(name: string, args: PartnerDropArgs, opts?: pulumi.ComponentResourceOptions) {
    requireReferences(name, args.settings);
    const settings = withSecret(args.settings);
    super("hms:partners:PartnerDrop", name, { ...args, settings }, opts);
    const { target, release, bundlePath } = args;

    const intent = new Intent(`${name}-intent`, intended(args), { parent: this });
    const drop = new Drop(
      `${name}-drop`,
      {
        ...settings,
        ...namesOf(settings.fileName, release),
        target,
        tag: release.tag,
        bundle: { ...release.bundle, path: bundlePath },
      },
      { parent: this, dependsOn: intent },
    );
    const receipt = new Receipt(
      `${name}-receipt`,
      // Pulumi has turned a secret into its text by the time that the provider asks.
      {
        target,
        release,
        probe: { kind: "partner", target, settings: settings as PartnerSettings },
        drift: args.drift,
      },
      { parent: this, dependsOn: drop },
    );

    this.receipt = receipt.says;
    this.registerOutputs({ receipt: this.receipt });
  }
}

/** The bundle's name for this release, and the name with placeholders that it was made of. */
function namesOf(
  pattern: string,
  release: Release,
): { readonly fileName: string; readonly pattern?: string } {
  if (!isVersioned(pattern)) {
    return { fileName: pattern };
  }
  const made = madeAt(openTrail().entries(), release) ?? "";
  return { fileName: fileNameOf(pattern, release, made), pattern };
}

/**
 * Reads what the settings refer to, and forgets it: nothing is touched where something of it is missing.
 *
 * @throws UserError that names it
 */
function requireReferences(name: string, settings: PartnerDropSettings): void {
  const { password, hostKey, privateKeyFile, caFile } = settings;
  if (isReference(password) && password !== undefined) readReference(`password of ${name}`, password);
  if (hostKey !== undefined) readReference(`hostKey of ${name}`, hostKey);
  if (privateKeyFile !== undefined) readText(`privateKeyFile of ${name}`, privateKeyFile);
  if (caFile !== undefined) readText(`caFile of ${name}`, caFile);
}

/** A password that is no reference is a secret, also when the caller forgot to say so. */
function withSecret(settings: PartnerDropSettings): PartnerDropSettings {
  const { password } = settings;
  return isReference(password) ? settings : { ...settings, password: pulumi.secret(password) };
}

function isReference(password: PartnerDropSettings["password"]): password is Reference | undefined {
  return (
    password === undefined ||
    (typeof password === "object" &&
      !pulumi.Output.isInstance(password) &&
      ("env" in password || "file" in password))
  );
}

class Drop extends ProjectResource {
  constructor(name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(
      "components/partner-drop/provider",
      "hms:Drop",
      name,
      { ...inputs, holds: undefined, earlier: undefined },
      opts,
    );
  }
}
