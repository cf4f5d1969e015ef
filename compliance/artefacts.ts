/** Looks into what ships: the image's own layers, and the bundle. What the commit held is one thing, what a build made of it another. */
import path from "node:path";
import type { Excepted, Finding } from "../core/report";
import { type Scan, scanImage, scanPaths } from "./content";
import { type Exceptions, holds, matches, noExceptions, today } from "./exceptions";

/** What ships. */
export interface Artefacts {
  /** The image: an OCI layout, or an unpacked `docker save`. @default none */
  readonly imageFolder?: string;
  /** Digests of the base image's layers: the service's team can't mend what is in there. @default none */
  readonly baseLayers?: readonly string[];
  /** The bundle, a zip. @default none */
  readonly bundlePath?: string;
  /** What the platform lets pass. @default nothing */
  readonly exceptions?: Exceptions;
  /** What the commit's report lets pass: by it, ignore comments of the commit hold for what was made of it. @default nothing */
  readonly excepted?: readonly Excepted[];
}

/** What is in there that must not ship. */
export interface ArtefactScan extends Scan {
  readonly excepted: readonly Excepted[];
}

/**
 * Personal data and secrets in what ships. Files are named `image!app/rules/a.json` and `bundle.zip!rules/a.json`.
 *
 * @param day the day that it is
 * @throws UserError when the image or the bundle can't be read
 */
export async function scanArtefacts(artefacts: Artefacts, day = today()): Promise<ArtefactScan> {
  const { imageFolder, bundlePath, baseLayers = [] } = artefacts;
  const scans = await Promise.all([
    ...(imageFolder === undefined ? [] : [scanImage(imageFolder, { skipLayers: baseLayers }).then(ofImage)]),
    ...(bundlePath === undefined ? [] : [scanPaths([bundlePath]).then(ofBundle(bundlePath))]),
  ]);
  const found = scans.flatMap(({ findings }) => findings).filter((finding) => !isPublished(finding));
  const reasons = found.map((finding) => reasonOf(finding, artefacts, day));
  return {
    findings: found.filter((_, index) => reasons[index] === undefined),
    excepted: reasons.filter((reason) => reason !== undefined),
    skipped: scans.flatMap(({ skipped }) => skipped),
    files: scans.reduce((sum, { files }) => sum + files, 0),
    bytes: scans.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** What the authors of a package say of themselves in it, and the passwords of their examples. */
const packageRules = new Set([
  "email",
  "person-name",
  "phone",
  "street-address",
  "secret-password",
  "secret-api-key",
]);

/** Where package managers put what is not the service's. */
const packages = /(^|[!/])(node_modules|site-packages|dist-packages)\//;

/** Whether a finding is what a package's own authors have published: nobody here can mend it. */
const isPublished = ({ file, rule }: Finding): boolean => packages.test(file) && packageRules.has(rule);

/** A layer's digest says nothing to people; the path in the image does. */
const ofImage = renamed((file) => file.replace(/^sha256:[0-9a-f]+/, "image"));

/** The trail's name of a bundle is its digest, which says no more. */
const ofBundle = (bundlePath: string): ((scan: Scan) => Scan) =>
  renamed((file) => file.replace(path.basename(bundlePath), "bundle.zip"));

function renamed(name: (file: string) => string): (scan: Scan) => Scan {
  const rename = <T extends { readonly file: string }>(one: T): T => ({ ...one, file: name(one.file) });
  return (scan) => ({ ...scan, findings: scan.findings.map(rename), skipped: scan.skipped.map(rename) });
}

/** Why a finding does not count, by an exception, or by the commit's own report; undefined when it does. */
function reasonOf(
  finding: Finding,
  { exceptions = noExceptions, excepted = [] }: Artefacts,
  day: string,
): Excepted | undefined {
  const places = placesOf(finding.file);
  const { file, line, rule } = finding;
  const exception =
    exceptions.all.find(
      (one) =>
        !one.comments &&
        one.rule === rule &&
        holds(one, day) &&
        places.some((place) => matches(place, one.path)),
    ) ?? excepted.find((one) => one.rule === rule && one.line === line && places.includes(one.file));
  if (exception === undefined) return undefined;
  const { reason, owner, expires } = exception;
  return { file, line, rule, reason, owner, expires };
}

/** The paths that a file may have had in the commit: a Dockerfile may put it into any folder. */
function placesOf(file: string): string[] {
  const [, inner = "", ...deeper] = file.split("!");
  const folders = inner.split("/");
  const behind = deeper.length > 0 ? [`!${deeper.join("!")}`, ""] : [""];
  return folders.flatMap((_, from) => behind.map((rest) => `${folders.slice(from).join("/")}${rest}`));
}
