/** How a release was built, as SLSA provenance (https://slsa.dev/provenance/v1); docs/attestations.md describes each field. */
import { digestOf, type Release, repositoryOf } from "./release";
import { sbomMediaType } from "./sbom";
import { statement, type Statement } from "./statement";

/** The type of the predicate. */
export const provenanceType = "https://slsa.dev/provenance/v1";

/** What a build is given: parameters, and how they are to be read. */
export const buildType = "https://hms.example/build/v1";

/** Who builds: the platform that runs this program, its engine and its people. */
export const builderId = "https://hms.example/builder/v1";

/** What a release is built from and how, as the settings and the service's own file say. */
export interface Recipe {
  /** The service's Git repository. */
  readonly repository: string;
  /** When the commit was made: seconds since 1970, UTC. */
  readonly committedAt: number;
  /** The folder of the image's build, from the repository's root. */
  readonly context: string;
  /** Path of the Dockerfile, from the repository's root. */
  readonly dockerfile: string;
  /** Patterns of the bundle's files, from the repository's root. */
  readonly bundle: readonly string[];
  /** Build arguments. */
  readonly args: Readonly<Record<string, string>>;
  /** The platform that is built for, e.g. `linux/amd64`. */
  readonly platform: string;
}

/** What was found out while it was built. Digests are hex SHA-256. */
export interface BuildFacts {
  /** Of `git archive --format=tar COMMIT`. */
  readonly source: string;
  /** The images that the Dockerfile names; their manifests' digests where the registry told them. */
  readonly bases: readonly { readonly image: string; readonly sha256?: string }[];
  /** Of the bills of materials among the blobs. */
  readonly sboms: { readonly image: string; readonly bundle: string };
  /** The run, when it was one that built, and when it began (ISO 8601, UTC). @default plain Pulumi built */
  readonly run?: { readonly number: number; readonly startedAt: string };
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  /** Version by the builder's component, e.g. `hms`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** An in-toto resource descriptor, as far as it is used here. */
export interface Resource {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
  readonly mediaType?: string;
}

/** The predicate. */
export interface Provenance {
  readonly buildDefinition: {
    readonly buildType: string;
    readonly externalParameters: Readonly<Record<string, unknown>>;
    readonly internalParameters: Readonly<Record<string, unknown>>;
    readonly resolvedDependencies: readonly Resource[];
  };
  readonly runDetails: {
    readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
    readonly metadata: {
      readonly invocationId?: string;
      readonly startedOn?: string;
      readonly finishedOn: string;
    };
    readonly byproducts: readonly Resource[];
  };
}

/** What provenance is of. */
export type Built = Pick<Release, "commit" | "service" | "image" | "bundle">;

/** The provenance of a release. */
export function provenanceOf(built: Built, recipe: Recipe, facts: BuildFacts): Statement<Provenance> {
  const repository = withoutPassword(recipe.repository);
  const { context, dockerfile, bundle, args, platform } = recipe;
  const { run, finishedAt, versions, sboms } = facts;
  return statement(subjectsOf(built), provenanceType, {
    buildDefinition: {
      buildType,
      externalParameters: { repository, commit: built.commit, build: { context, dockerfile }, bundle },
      internalParameters: { args, platform },
      resolvedDependencies: resourcesOf(built, repository, facts),
    },
    runDetails: {
      builder: { id: builderId, version: versions },
      metadata: {
        ...(run !== undefined && {
          invocationId: `run ${String(run.number)} of ${run.startedAt}`,
          startedOn: run.startedAt,
        }),
        finishedOn: finishedAt,
      },
      byproducts: [
        { name: "image.cdx.json", digest: { sha256: sboms.image }, mediaType: sbomMediaType },
        { name: "bundle.cdx.json", digest: { sha256: sboms.bundle }, mediaType: sbomMediaType },
      ],
    },
  });
}

function resourcesOf(
  { commit, service }: Built,
  repository: string,
  { source, bases }: BuildFacts,
): Resource[] {
  return [
    { uri: `git+${repository}@${commit}`, digest: { gitCommit: commit } },
    { name: `${service}.tar`, digest: { sha256: source } },
    ...bases.map(({ image, sha256 }) => ({
      uri: `docker://${image}`,
      ...(sha256 !== undefined && { digest: { sha256 } }),
    })),
  ];
}

function subjectsOf({ image, bundle }: Built): Statement["subject"] {
  const sha256 = digestOf(image).replace("sha256:", "");
  return [
    { name: repositoryOf(image), digest: { sha256 } },
    { name: "bundle.zip", digest: { sha256: bundle.sha256 } },
  ];
}

/** A URL as anybody may read it: over HTTP the user may be a token, too. */
function withoutPassword(url: string): string {
  return url.replace(/^(https?:\/\/)[^/@]*@/i, "$1").replace(/^([a-z+]+:\/\/[^/@:]*):[^/@]*@/i, "$1@");
}

/** The bills of materials that a provenance names: files among the blobs, by hex SHA-256. */
export function sbomsOf(found: Statement): { readonly name: string; readonly sha256: string }[] {
  const { runDetails } = found.predicate as unknown as Provenance;
  return runDetails.byproducts
    .filter(({ mediaType }) => mediaType === sbomMediaType)
    .map(({ name = "", digest }) => ({ name, sha256: digest?.["sha256"] ?? "" }));
}

/** Why a statement is no provenance of a release, after "it …"; undefined when it is. */
export function whyNotProvenance(found: Statement, built: Built): string | undefined {
  if (found.predicateType !== provenanceType) {
    return `is a statement of type ${found.predicateType}`;
  }
  const digests = new Set(found.subject.map(({ digest }) => digest["sha256"]));
  for (const { name, digest } of subjectsOf(built)) {
    if (!digests.has(digest["sha256"])) {
      return `is of another ${name === "bundle.zip" ? "bundle" : "image"}`;
    }
  }
  const { buildDefinition } = found.predicate as unknown as Provenance;
  const commits = buildDefinition.resolvedDependencies.flatMap(({ digest }) => digest?.["gitCommit"] ?? []);
  return commits.length === 1 && commits[0] === built.commit
    ? undefined
    : `is of commit ${commits.map((commit) => commit.slice(0, 7)).join(", ")}`;
}
