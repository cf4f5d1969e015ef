/** What partners get by their mappings: checked and shown, without a word to any of them. */
import { createHash } from "node:crypto";
import type { StackSettingsOf } from "../core/config";
import type { TargetId } from "../core/entry";
import { UserError } from "../core/errors";
import { formatBytes } from "../core/format";
import { desiredTag, latestRelease, releaseOf } from "../core/history";
import { type MappedFile, type Mapping, mapRelease } from "../core/mapping";
import type { Release } from "../core/release";
import { targetId } from "../core/target";
import { bundleMembers, readMappings } from "../store/mappings";
import { openTrail } from "../store/trail";
import { type RunOptions, stackNames } from "./run";
import { openBuild, type OpenStack, openStacks } from "./stack";

/** One mapping file. Field names are stable: `--json` prints it. */
export interface CheckedMapping {
  readonly file: string;
  /** Whom it is for. */
  readonly target: TargetId;
  /** How many entries it has. */
  readonly files: number;
}

/** One file that a partner gets. Field names are stable: `--json` prints it. */
export interface PlannedFile {
  readonly target: TargetId;
  /** The release's tag. */
  readonly release: string;
  /** The folder in the partner's inbox that `path` begins in: the path of a URL. */
  readonly folder: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  /** The file of the bundle that it is made from. */
  readonly from: string;
  /** The mapping file that says so. */
  readonly mapping: string;
  /** Its first lines; undefined when it is no text. */
  readonly preview?: string;
}

interface Partners {
  readonly stack: string;
  readonly settings: StackSettingsOf<"partners">;
  readonly mappings: readonly Mapping[];
}

/**
 * Reads all mapping files.
 *
 * @throws UserError with a line per fault
 */
export async function checkMappings(options: Pick<RunOptions, "stacks">): Promise<CheckedMapping[]> {
  const all = await openPartners(options);
  return all.flatMap(({ stack, mappings }) =>
    mappings.map(({ file, partner, files }) => ({
      file,
      target: targetId(stack, partner),
      files: files.length,
    })),
  );
}

/**
 * What each partner would get.
 *
 * @param tag the release @default what the trail says that the partner should have, or the newest
 * @throws UserError when a mapping does not fit the release's bundle
 */
export async function planMappings(
  options: Pick<RunOptions, "stacks">,
  tag?: string,
): Promise<PlannedFile[]> {
  const all = await openPartners(options);
  return all.flatMap(({ stack, settings, mappings }) =>
    settings.partners
      .filter(({ name }) => mappings.some(({ partner }) => partner === name))
      .flatMap((partner) => {
        const target = targetId(stack, partner.name);
        const release = chosen(target, tag);
        const folder = decodeURIComponent(new URL(partner.url).pathname);
        return mapRelease(mappings, partner, release, bundleMembers(release)).map((file) =>
          planned(file, { target, release: release.tag, folder }),
        );
      }),
  );
}

async function openPartners(options: Pick<RunOptions, "stacks">): Promise<Partners[]> {
  const build = await openBuild();
  const opened = await openStacks(stackNames(options, build.settings));
  const found = opened.flatMap(({ name, settings }: OpenStack) =>
    settings.role === "partners" && settings.mappings !== undefined
      ? [
          {
            stack: name,
            settings,
            mappings: readMappings(settings.mappings, settings.partners, `Pulumi.${name}.yaml`),
          },
        ]
      : [],
  );
  if (found.length === 0) {
    throw new UserError(
      `None of ${opened.map(({ name }) => name).join(", ")} has mappings. Set hms:mappings in a stack of partners, e.g. to mappings/partner/*.yml.`,
    );
  }
  return found;
}

function chosen(target: TargetId, tag: string | undefined): Release {
  const entries = openTrail().entries();
  const wanted = tag ?? desiredTag(entries, target) ?? latestRelease(entries)?.tag;
  const release = wanted === undefined ? undefined : releaseOf(entries, wanted);
  if (release === undefined) {
    throw new UserError(
      wanted === undefined
        ? 'There is no release yet: nothing to map. Run "npx hms pipeline run".'
        : `There is no release ${wanted} in the trail. "npx hms audit show" lists what there is.`,
    );
  }
  return release;
}

function planned(
  { path, folder, bytes, member, mapping }: MappedFile,
  facts: Pick<PlannedFile, "target" | "release" | "folder">,
): PlannedFile {
  return {
    ...facts,
    folder: folder ?? facts.folder,
    path,
    size: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    from: member,
    mapping,
    preview: previewOf(bytes),
  };
}

const previewLines = 5;
const previewColumns = 100;

/** The beginning of a text; what a terminal would take for a command is left out. */
function previewOf(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, previewLines * 1000)).toString("utf8");
  if (text.includes("\0")) {
    return undefined;
  }
  return text
    .split(/\r?\n/)
    .slice(0, previewLines)
    .map((line) => line.replaceAll(/\p{Cc}/gu, " ").slice(0, previewColumns))
    .join("\n")
    .trimEnd();
}

/** The plan for people: by partner, with the beginning of each file. */
export function formatPlan(files: readonly PlannedFile[]): string {
  const titleOf = ({ target, release }: PlannedFile): string => `${target}, release ${release}:`;
  return [...new Set(files.map(titleOf))]
    .map((title) => [title, ...files.filter((file) => titleOf(file) === title).map(formatFile)].join("\n"))
    .join("\n\n");
}

function formatFile({ folder, path, size, sha256, from, mapping, preview }: PlannedFile): string {
  const place = `${folder.replace(/\/$/, "")}/${path}`;
  const head = `  ${place}  ${formatBytes(size)}  sha256:${sha256}  from ${from} by ${mapping}`;
  const lines = (preview ?? "(no text)").split("\n").map((line) => `      ${line}`.trimEnd());
  return [head, ...lines].join("\n");
}
