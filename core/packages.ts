/** What package managers leave behind in a file system, read as parts of a bill of materials. Pure. */
import type { Distro, Part } from "./sbom";

/** Files that say which packages are there. Paths have no leading `/`. */
const databases: readonly { readonly path: RegExp; readonly read: Reader }[] = [
  { path: /^var\/lib\/dpkg\/status$/, read: dpkgPackages },
  // Images without a shell keep a file for each package.
  { path: /^var\/lib\/dpkg\/status\.d\/[^/]+(?<!\.md5sums)$/, read: dpkgPackages },
  { path: /^(usr\/)?lib\/apk\/db\/installed$/, read: apkPackages },
  { path: /(^|\/)package\.json$/, read: npmPackage },
  { path: /(^|\/)package-lock\.json$/, read: npmLock },
];

/** Files that say which files came with a distribution's packages, and which distribution it is. */
const helpers = [/^var\/lib\/dpkg\/info\/[^/]+\.list$/, /^(usr\/lib|etc)\/os-release$/];

type Reader = (text: string, where: string, files: Texts) => Part[];

/** Texts by path. */
export type Texts = Readonly<Record<string, string>>;

/** Whether the text of a file is needed here. */
export function isTelling(path: string): boolean {
  return (
    databases.some((database) => database.path.test(path)) || helpers.some((helper) => helper.test(path))
  );
}

/** The packages that some files tell of. */
export function packagesIn(texts: Texts): Part[] {
  const distro = distroOf(texts["etc/os-release"] ?? texts["usr/lib/os-release"]);
  return Object.entries(texts).flatMap(([where, text]) => {
    const parts = databases.find(({ path }) => path.test(where))?.read(text, where, texts) ?? [];
    return parts.map((part) =>
      distro !== undefined && (part.kind === "deb" || part.kind === "apk") ? { ...part, distro } : part,
    );
  });
}

/** The paths of the files that came with packages of a distribution. */
export function packagedFiles(texts: Texts): Set<string> {
  const files = new Set<string>();
  for (const [path, text] of Object.entries(texts)) {
    if (path.startsWith("var/lib/dpkg/info/")) {
      text.split("\n").forEach((line) => files.add(line.slice(1)));
    } else if (path.endsWith("apk/db/installed")) {
      apkFiles(text).forEach((file) => files.add(file));
    }
  }
  return files;
}

function distroOf(text: string | undefined): Distro | undefined {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}="?([^"\n]*)"?$`, "m").exec(text ?? "")?.[1];
  const id = value("ID");
  return id === undefined ? undefined : { id, version: value("VERSION_ID") ?? "" };
}

/** Paragraphs of `Key: value` lines, as in Debian's control files (deb822). */
function dpkgPackages(text: string, where: string): Part[] {
  return paragraphs(text, ": ").flatMap((fields) => {
    const [name, version, status] = ["Package", "Version", "Status"].map((key) => fields.get(key));
    const isInstalled = status === undefined || status.endsWith(" installed");
    return name === undefined || !isInstalled
      ? []
      : [{ kind: "deb", name, where, ...known({ version, architecture: fields.get("Architecture") }) }];
  });
}

/** Paragraphs of `K:value` lines (https://wiki.alpinelinux.org/wiki/Apk_spec). */
function apkPackages(text: string, where: string): Part[] {
  return paragraphs(text, ":").flatMap((fields) => {
    const name = fields.get("P");
    const [version, architecture, license] = ["V", "A", "L"].map((key) => fields.get(key));
    return name === undefined
      ? []
      : [{ kind: "apk", name, where, ...known({ version, architecture, license }) }];
  });
}

function apkFiles(text: string): string[] {
  let folder = "";
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("F:")) {
      folder = line.slice(2);
    }
    return line.startsWith("R:") ? [`${folder === "" ? "" : `${folder}/`}${line.slice(2)}`] : [];
  });
}

/** The first value of each key; lines that go on begin with a space. */
function paragraphs(text: string, colon: string): Map<string, string>[] {
  return text.split(/\n{2,}/).map((paragraph) => {
    const fields = new Map<string, string>();
    for (const line of paragraph.split("\n")) {
      const cut = line.indexOf(colon);
      const key = line.slice(0, cut);
      if (cut > 0 && !line.startsWith(" ") && !fields.has(key)) {
        fields.set(key, line.slice(cut + colon.length));
      }
    }
    return fields;
  });
}

function npmPackage(text: string, where: string): Part[] {
  const { name, version, license } = jsonOf(text);
  return typeof name !== "string" || typeof version !== "string"
    ? []
    : [{ kind: "npm", name, version, where, ...known({ license: textOf(license) }) }];
}

/** What a lock file names, where nothing is installed beside it: then it is all there is to know. */
function npmLock(text: string, where: string, files: Texts): Part[] {
  const installed = `${where.slice(0, -"package-lock.json".length)}node_modules/`;
  if (Object.keys(files).some((file) => file.startsWith(installed))) {
    return [];
  }
  const { packages } = jsonOf(text);
  return Object.entries(objectOf(packages)).flatMap(([place, value]) => {
    const { name, version, dev, link } = objectOf(value);
    const called = textOf(name) ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    return !place.includes("node_modules/") || dev === true || link === true || typeof version !== "string"
      ? []
      : [{ kind: "npm", name: called, version, where }];
  });
}

/** A file that is no JSON tells of no package: it is listed as a file. */
function jsonOf(text: string): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Without what is not known. */
function known<K extends string>(values: Record<K, string | undefined>): Partial<Record<K, string>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    Record<K, string>
  >;
}
