/** What partners get of a release in their own names, folders and formats: the sync adapter. Pure: the same release gives the same bytes. */
import path from "node:path";
import type { PartnerSettings } from "./config";
import type { MappedFileSettings } from "./config/partner-mappings";
import { UserError } from "./errors";
import { convert } from "./mapping-formats";
import type { Release } from "./release";
import { nearest } from "./suggest";

/** A mapping file that was read. */
export interface Mapping {
  /** From the project's folder, for messages. */
  readonly file: string;
  /** The partner's name. */
  readonly partner: string;
  /** The folder on the partner's server. @default that of the partner's URL */
  readonly folder?: string;
  readonly files: readonly MappedFileSettings[];
  /** The templates that the files name, by their paths as they name them. */
  readonly templates: ReadonlyMap<string, string>;
}

/** The files of a bundle, by their paths. */
export type Members = ReadonlyMap<string, Uint8Array>;

/** A file as a partner gets it. */
export interface MappedFile {
  /** From the inbox's folder. */
  readonly path: string;
  /** The same for every release: the path with its `{tag}` as it was written. */
  readonly identity: string;
  /** The folder on the partner's server. @default that of the partner's URL */
  readonly folder?: string;
  readonly bytes: Uint8Array;
  /** The file of the bundle that it was made from. */
  readonly member: string;
  /** The mapping file that says so. */
  readonly mapping: string;
}

/**
 * Whom a mapping is for.
 *
 * @param what `FILE: connector`, for the error
 * @throws UserError when it is none of the partners
 */
export function resolveConnector(
  connector: string,
  partners: readonly PartnerSettings[],
  what: string,
): Pick<Mapping, "partner" | "folder"> {
  const named = partners.find(({ name }) => name === connector);
  if (named !== undefined) {
    return { partner: named.name };
  }
  const url = URL.canParse(connector) ? new URL(connector) : undefined;
  const partner = url && partners.find((candidate) => isOf(url, candidate));
  const folder = decodeURIComponent(url?.pathname ?? "").replace(/\/+$/, "");
  if (
    url === undefined ||
    partner === undefined ||
    /(^|\/)\.\.(\/|$)/.test(folder) ||
    /\p{Cc}/u.test(folder)
  ) {
    const names = partners.map(({ name, url: at }) => `${name} or ${new URL(at).protocol}//${name}/FOLDER`);
    const found = connector.replace(/(:\/\/[^:@/]*):[^@/]*@/, "$1:***@");
    throw new UserError(
      `${what}: found ${JSON.stringify(found)}; allowed: ${names.join(", ") || "nothing, as hms:partners names nobody"}`,
    );
  }
  return folder === "" ? { partner: partner.name } : { partner: partner.name, folder };
}

/** A URL means a partner by the partner's name, or by all of its address: credentials stand in `hms:partners` alone. */
function isOf(url: URL, { name, url: address }: PartnerSettings): boolean {
  const own = new URL(address);
  const isNamed = url.hostname === name && url.username === "" && url.port === "";
  const isSame = url.host === own.host && url.username === own.username;
  return url.protocol === own.protocol && url.password === "" && (isNamed || isSame);
}

/**
 * What a partner gets of a release.
 *
 * @throws UserError when a mapping does not fit the bundle, or two files would be one
 */
export function mapRelease(
  mappings: readonly Mapping[],
  partner: Pick<PartnerSettings, "name" | "url" | "fileName">,
  release: Release,
  members: Members,
): MappedFile[] {
  const found = mappings
    .filter((mapping) => mapping.partner === partner.name)
    .flatMap((mapping) =>
      mapping.files.flatMap((file, index) => mapOne(mapping, { file, index }, release, members)),
    );
  refuseCollisions(found, partner);
  return found;
}

interface Numbered {
  readonly file: MappedFileSettings;
  readonly index: number;
}

function mapOne(
  mapping: Mapping,
  { file, index }: Numbered,
  release: Release,
  members: Members,
): MappedFile[] {
  const where = `${mapping.file}: files[${index}]`;
  const names = [...members.keys()].sort();
  const matching = names.filter((name) => name === file.from || path.posix.matchesGlob(name, file.from));
  if (matching.length === 0 && !file.optional) {
    throw new UserError(
      `${where}.from: found ${JSON.stringify(file.from)}; allowed: a file of the bundle of ${release.tag}: ` +
        `${meant(file.from, names)}. Where a release may lack it, say optional: true.`,
    );
  }
  return matching.map((member) => {
    const template = "template" in file ? mapping.templates.get(file.template) : undefined;
    const bytes = convert(
      file,
      { member, bytes: members.get(member) ?? new Uint8Array() },
      { release, template, where },
    );
    return {
      path: named(file.to, member, release, where),
      identity: named(file.to, member, { ...release, tag: "{tag}", commit: "{commit}" }, where, true),
      ...(mapping.folder !== undefined && { folder: mapping.folder }),
      bytes,
      member,
      mapping: mapping.file,
    };
  });
}

/** The nearest, or all of them if they are few. */
function meant(word: string, names: readonly string[]): string {
  const near = nearest(word, names);
  const shown = names.slice(0, 8).join(", ");
  return near ?? (names.length > 8 ? `${shown}, and ${names.length - 8} more` : shown);
}

/** A path with its placeholders filled. What fills them comes from the commit: it must not lead out of the inbox either. */
function named(
  to: string,
  member: string,
  { tag, commit, service }: Pick<Release, "tag" | "commit" | "service">,
  where: string,
  asWritten = false,
): string {
  const { dir, name, ext } = path.posix.parse(member);
  const values = {
    tag,
    commit,
    service,
    path: dir === "" ? name : `${dir}/${name}`,
    name,
    ext: ext.slice(1),
  };
  const result = to.replaceAll(/\{(\w+)\}/g, (_, key: keyof typeof values) => values[key]);
  const isGood = result.split("/").every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part));
  if (!isGood && !asWritten) {
    throw new UserError(
      `${where}.to: found ${JSON.stringify(result)} for ${member}; allowed: names of letters, digits, dots, hyphens and underscores, a letter or digit first`,
    );
  }
  return result;
}

/** Each file comes with a checksum file; the bundle lies in the partner's own folder. */
function refuseCollisions(
  files: readonly MappedFile[],
  { url, fileName }: Pick<PartnerSettings, "url" | "fileName">,
): void {
  const folder = decodeURIComponent(new URL(url).pathname).replace(/\/+$/, "");
  const taken = new Map<string, string>();
  const take = (place: string, what: string): void => {
    for (const name of [place, `${place}.sha256`]) {
      const other = taken.get(name);
      if (other !== undefined) {
        throw new UserError(
          `${what}: ${name} would be written by ${other}, too. Give one of them another name.`,
        );
      }
    }
    for (const name of [place, `${place}.sha256`, `${place}.sig`]) {
      taken.set(name, what);
    }
  };
  take(`${folder}/${fileName}`, "the bundle");
  for (const file of files) {
    take(`${file.folder ?? folder}/${file.path}`, `${file.mapping} (${file.member})`);
  }
}
