/**
 * Bills of materials: CycloneDX 1.6 in JSON (https://cyclonedx.org/docs/1.6/json/).
 *
 * The same content gives the same bytes: no serial number, the commit's time, and components in one order.
 */
import { PackageURL } from "packageurl-js";

/** One thing that something is made of. */
export interface Part {
  /** Where it comes from; `file` is one that no package brought. */
  readonly kind: "npm" | "deb" | "apk" | "golang" | "generic" | "file";
  /** With its scope or module path: `@types/node`, `github.com/caddyserver/caddy/v2`. */
  readonly name: string;
  readonly version?: string;
  /** As its package says it. */
  readonly license?: string;
  /** Hex, of a file. */
  readonly sha256?: string;
  /** The distribution of a distribution's package, e.g. `debian` and `12`. */
  readonly distro?: Distro;
  readonly architecture?: string;
  /** The file that says so: its path in the image or bundle. */
  readonly where: string;
}

/** What `/etc/os-release` says. */
export interface Distro {
  readonly id: string;
  readonly version: string;
}

/** What a bill is of. */
export interface Whole {
  /** `container` for an image, `file` for a bundle. */
  readonly type: "container" | "file";
  readonly name: string;
  /** The release's tag. */
  readonly version: string;
  /** Hex, of the image's manifest or the bundle. */
  readonly sha256: string;
  /** @default none */
  readonly repository?: string;
}

interface Component {
  readonly type: "application" | "library" | "file" | "container";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version?: string;
  readonly hashes?: readonly { readonly alg: "SHA-256"; readonly content: string }[];
  readonly licenses?: readonly { readonly license: { readonly name: string } }[];
  readonly purl?: string;
  readonly evidence?: { readonly occurrences: readonly { readonly location: string }[] };
}

/** The media type of a bill. */
export const sbomMediaType = "application/vnd.cyclonedx+json";

/**
 * The text of a bill of materials.
 *
 * @param committedAt seconds since 1970, UTC
 */
export function sbomOf(whole: Whole, parts: readonly Part[], committedAt: number): string {
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(committedAt * 1000).toISOString(),
      tools: { components: [{ type: "application", name: "hms" }] },
      component: wholeComponent(whole),
    },
    components: componentsOf(parts),
  };
  return `${JSON.stringify(bill, null, 1)}\n`;
}

function wholeComponent({ type, name, version, sha256, repository }: Whole): Component {
  const purl =
    repository === undefined
      ? undefined
      : new PackageURL(
          "oci",
          undefined,
          repository.split("/").at(-1) ?? name,
          `sha256:${sha256}`,
          { repository_url: repository },
          undefined,
        ).toString();
  return {
    type,
    "bom-ref": `sha256:${sha256}`,
    name,
    version,
    hashes: [{ alg: "SHA-256", content: sha256 }],
    ...(purl !== undefined && { purl }),
  };
}

/** A package that lies in several places is one component. */
function componentsOf(parts: readonly Part[]): Component[] {
  const places = new Map<string, Part[]>();
  for (const part of parts) {
    const ref = refOf(part);
    places.set(ref, [...(places.get(ref) ?? []), part]);
  }
  const refs = [...places.keys()].sort();
  return refs.flatMap((ref) => {
    const [first, ...others] = (places.get(ref) ?? []).sort((a, b) => (a.where < b.where ? -1 : 1));
    return first === undefined ? [] : [componentOf(ref, first, others)];
  });
}

function componentOf(ref: string, part: Part, others: readonly Part[]): Component {
  const { kind, name, version, license, sha256, where } = part;
  const locations = [...new Set([where, ...others.map((other) => other.where)])];
  return {
    type: kind === "file" ? "file" : kind === "generic" ? "application" : "library",
    "bom-ref": ref,
    name,
    ...(version !== undefined && { version }),
    ...(sha256 !== undefined && { hashes: [{ alg: "SHA-256", content: sha256 }] }),
    ...(license !== undefined && { licenses: [{ license: { name: license } }] }),
    ...(kind !== "file" && { purl: ref }),
    ...(kind !== "file" && { evidence: { occurrences: locations.map((location) => ({ location })) } }),
  };
}

/** The package URL of a package (https://github.com/package-url/purl-spec); a file's path. */
function refOf({ kind, name, version, distro, architecture, where }: Part): string {
  if (kind === "file") {
    return `file:${where}`;
  }
  const cut = kind === "npm" || kind === "golang" ? name.lastIndexOf("/") : -1;
  const space = kind === "deb" || kind === "apk" ? distro?.id : cut < 0 ? undefined : name.slice(0, cut);
  const qualifiers = {
    ...(architecture !== undefined && { arch: architecture }),
    ...(distro !== undefined && { distro: `${distro.id}-${distro.version}` }),
  };
  return new PackageURL(kind, space, name.slice(cut + 1), version, qualifiers, undefined).toString();
}
