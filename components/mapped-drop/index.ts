import { createHash } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import path from "node:path";
import type { PartnerSettings } from "../../core/config";
import type { MappedFile } from "../../core/mapping";
import type { Bundle } from "../../core/release";
import { keepMapped } from "../../store/mappings";
import { ProjectResource } from "../dynamic/resource";

/** Where a {@link MappedDrop} goes, and what it brings. */
export interface MappedDropArgs {
  /** The partner. */
  readonly settings: PartnerSettings;
  /** What the partner gets. */
  readonly file: MappedFile;
  /** The bundle that it was made from. */
  readonly bundle: Bundle;
}

/**
 * One file of a release in a partner's inbox, by the partner's own name and in its own format, with a `.sha256` file beside it. It is
 * delivered as the bundle is: a reader sees the old file or the new one, never a part of one.
 *
 * `pulumi preview` shows its size and digest, `pulumi refresh` reads back what lies there, what is gone or changed is put back by
 * the next `pulumi up`, and `pulumi destroy` takes it away. What has the same bytes in the next release is not sent again.
 *
 * @example
 * for (const file of mapRelease(mappings, settings, release, bundleMembers(release))) {
 *   new MappedDrop(`usgs/${file.identity}`, { settings, file, bundle: release.bundle }, { parent: drop });
 * }
 */
export class MappedDrop extends ProjectResource {
  constructor(name: string, { settings, file, bundle }: MappedDropArgs, opts: pulumi.CustomResourceOptions) {
    const { bytes, member, mapping } = file;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const inputs = {
      ...settings,
      ...placeIn(settings.url, file),
      bundle,
      from: { mapping, member },
      content: { path: keepMapped(bytes, sha256), sha256, size: bytes.length },
    };
    super("components/mapped-drop/provider", "hms:MappedDrop", name, { ...inputs, holds: undefined }, opts);
  }
}

/** The folder's URL, and the name in it. Folders below the inbox are made when they are missing. */
export function placeIn(
  url: string,
  { path: to, folder }: Pick<MappedFile, "path" | "folder">,
): { readonly url: string; readonly fileName: string; readonly makesFolder: boolean } {
  const place = new URL(url);
  const below = path.posix.dirname(to);
  if (folder !== undefined) {
    place.pathname = encodeURI(folder);
  }
  if (below !== ".") {
    place.pathname = `${place.pathname.replace(/\/+$/, "")}/${below}`;
  }
  const makesFolder = folder !== undefined || below !== ".";
  return { url: makesFolder ? place.href : url, fileName: path.posix.basename(to), makesFolder };
}
