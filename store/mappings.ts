/** The mapping files of a partners stack, and the bundles that they are about. */
import fs from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { parse } from "yaml";
import type { PartnerSettings } from "../core/config";
import { mappingSettings, type MappingSettings } from "../core/config/partner-mappings";
import { messageOf, UserError } from "../core/errors";
import { type Mapping, type Members, resolveConnector } from "../core/mapping";
import type { Release } from "../core/release";
import { validate } from "../core/validate";
import { type Blobs, directoryBlobs } from "./blobs";
import { projectFolder, trailFolder, workFolder } from "./project";
import { writeWholeFile } from "./whole-file";

/**
 * Reads the mapping files that a pattern names, in the order of their names.
 *
 * @param pattern from the project's folder: `hms:mappings`; undefined for none
 * @param file the stack's, for the error
 * @throws UserError with a line per fault
 */
export function readMappings(
  pattern: string | undefined,
  partners: readonly PartnerSettings[],
  file: string,
): Mapping[] {
  if (pattern === undefined) {
    return [];
  }
  const files = fs.globSync(pattern, { cwd: projectFolder }).sort();
  if (files.length === 0) {
    throw new UserError(
      `${file}: hms:mappings: found ${JSON.stringify(pattern)}; allowed: a pattern that some file in ${projectFolder} fits`,
    );
  }
  const faults: string[] = [];
  const mappings = files.flatMap((name) => {
    try {
      return [readMapping(name, partners)];
    } catch (error) {
      if (!(error instanceof UserError)) {
        throw error;
      }
      faults.push(error.message);
      return [];
    }
  });
  if (faults.length > 0) {
    throw new UserError(faults.join("\n"));
  }
  return mappings;
}

function readMapping(file: string, partners: readonly PartnerSettings[]): Mapping {
  const { connector, files } = validate(mappingSettings, readYaml(file), { file });
  return {
    file,
    ...resolveConnector(connector, partners, `${file}: connector`),
    files,
    templates: readTemplates(file, files),
  };
}

function readYaml(file: string): unknown {
  try {
    return parse(fs.readFileSync(path.resolve(projectFolder, file), "utf8"));
  } catch (error) {
    throw new UserError(`${file}: it can't be read as YAML (${messageOf(error).split("\n")[0] ?? ""}).`);
  }
}

function readTemplates(file: string, files: MappingSettings["files"]): Mapping["templates"] {
  const folder = path.dirname(path.resolve(projectFolder, file));
  const named = files.flatMap((entry, index) =>
    entry.format === "text" ? [{ at: entry.template, index }] : [],
  );
  return new Map(
    named.map(({ at, index }) => {
      try {
        return [at, fs.readFileSync(path.join(folder, at), "utf8")];
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new UserError(
          `${file}: files[${index}].template: found ${JSON.stringify(at)}, which can't be read (${code ?? ""}); allowed: a file in ${path.dirname(file)}`,
        );
      }
    }),
  );
}

/**
 * The files of a release's bundle.
 *
 * @param blobs where it lies @default beside the trail
 * @throws UserError when the bundle is not among the blobs, or not what was signed
 */
export function bundleMembers(
  { tag, bundle }: Release,
  blobs: Blobs = directoryBlobs(trailFolder()),
): Members {
  const bytes = blobs.bytes(bundle.sha256);
  if (bytes === undefined) {
    throw new UserError(
      `The bundle of ${tag} is missing, or was changed after it was signed. Put it back from a copy of the trail, or build it again.`,
    );
  }
  const files = unzipSync(bytes, { filter: ({ name }) => !name.endsWith("/") });
  return new Map(Object.entries(files));
}

/** Made again whenever they are needed: they lie here while an update takes them to a partner. */
const mappedFolder = path.join(workFolder, "mapped");
const keptMilliseconds = 7 * 86_400_000;

/** Puts a mapped file where an update finds it; returns its path. */
export function keepMapped(bytes: Uint8Array, sha256: string): string {
  fs.mkdirSync(mappedFolder, { recursive: true, mode: 0o750 });
  const file = path.join(mappedFolder, sha256);
  writeWholeFile(file, bytes, { mode: 0o640 });
  for (const name of fs.readdirSync(mappedFolder)) {
    const stat = fs.statSync(path.join(mappedFolder, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > keptMilliseconds) {
      fs.rmSync(path.join(mappedFolder, name), { force: true });
    }
  }
  return file;
}
