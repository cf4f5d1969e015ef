/** What the trail's entries say (design D3). How they are signed and chained: statement.ts, dsse.ts, chain.ts. */
import type { Difference } from "./drift";
import type { Receipt } from "./receipt";
import type { Release } from "./release";

/** A target's name across stacks: `STACK/NAME`. */
export type TargetId = `${string}/${string}`;

/** How a run ended on one target. */
export type TargetOutcome =
  | { readonly state: "current"; readonly tag: string }
  | { readonly state: "stale"; readonly tag: string; readonly why: string }
  | { readonly state: "failed"; readonly tag: string; readonly why: string; readonly serves?: string };

/** What a run was started by. */
export type Trigger = "push" | "schedule" | "manual";

/** The longest that somebody's leave to ship in a freeze lasts, in minutes. */
export const longestLeaveMinutes = 60;

/** What an entry says. */
export type Body =
  | {
      /** A run of one commit; or a sync, which brings targets to what they should have: then the newest release among these. */
      readonly type: "run-started";
      readonly run: number;
      readonly commit: string;
      readonly subject: string;
      readonly trigger: Trigger | "sync";
      /** Other commits that waited and that it ships with its own, oldest first. @default none */
      readonly covers?: readonly string[];
      /** The ids of the pushes that it answers. @default none: it was asked for by hand */
      readonly requests?: readonly string[];
      /** ISO 8601, UTC: when the oldest of those pushes came. @default none: it was asked for by hand */
      readonly pushedAt?: string;
      /** `sha256:…` of the saved plan that it does, among the blobs. @default none */
      readonly plan?: string;
    }
  | {
      readonly type: "report";
      readonly commit: string;
      readonly passed: boolean;
      /** `sha256:…` of the report among the blobs. */
      readonly digest: string;
      readonly tests: number;
      readonly findings: number;
      /** `sha256:…` of the signed in-toto test result among the blobs. */
      readonly attestation: string;
      /** The run that asked for it. @default it was asked for by itself */
      readonly run?: number;
    }
  | {
      /** What was found in what was built, before it became a release. */
      readonly type: "artefacts";
      readonly commit: string;
      /** `repository@sha256:…` */
      readonly image: string;
      /** Hex SHA-256 of the bundle. */
      readonly bundle: string;
      readonly passed: boolean;
      /** `sha256:…` of the findings among the blobs. */
      readonly digest: string;
      readonly findings: number;
      /** The run that built it. @default plain Pulumi did */
      readonly run?: number;
    }
  | {
      readonly type: "release";
      readonly release: Release;
      /** The run that made it. @default plain Pulumi did */
      readonly run?: number;
    }
  | {
      readonly type: "desired";
      readonly target: TargetId;
      readonly tag: string;
      /** What moved the pointer. */
      readonly cause: "run" | "rollback" | "restore" | "sync" | "pulumi";
      readonly run?: number;
      /** Why, where a setting of plain Pulumi says so. */
      readonly reason?: string;
    }
  | {
      readonly type: "receipt";
      readonly target: TargetId;
      readonly tag: string;
      readonly receipt: Receipt;
      /** The run or rollback that brought it. @default plain Pulumi did, or nobody: it came by a medium */
      readonly run?: number;
      /** How it came, where the target was not asked: on a medium, in a file that the site signed. @default it was read back */
      readonly via?: "medium";
      /** The id of the site's key that signed the file. */
      readonly key?: string;
      /** Which of its receipts it is, by the site's own count. */
      readonly count?: number;
      /** ISO 8601, UTC, by the site's clock: when the site said it. */
      readonly saidAt?: string;
      /** `sha256:…` of the file among the blobs. */
      readonly file?: string;
    }
  | {
      /** A release was written on a medium for a site. */
      readonly type: "release-exported";
      readonly target: TargetId;
      readonly tag: string;
      /** `sha256:…` of the medium's list among the blobs: the site's settings, and each file with its digest. */
      readonly medium: string;
      /** Ed25519 over the list, Base64. */
      readonly signature: string;
      /** The release that the site is known to have, whose blobs are left out. @default none: it holds all */
      readonly since?: string;
      /** The image of the proxy that it is made for: `repository@sha256:…`. */
      readonly proxyImage: string;
      /** How many files it holds. */
      readonly files: number;
      /** Bytes of those files. */
      readonly bytes: number;
    }
  | {
      /** The key that a site signs its receipts with. */
      readonly type: "site-key";
      readonly target: TargetId;
      /** SHA-256 of the public key, in hex: its fingerprint. */
      readonly key: string;
      /** The public key's SubjectPublicKeyInfo in DER, Base64. */
      readonly publicKey: string;
      /** The key that it takes the place of, and why. @default none: it is the site's first */
      readonly replaces?: string;
      readonly reason?: string;
    }
  | {
      /** A target that changed without us, found out before it was put right. */
      readonly type: "drift";
      readonly target: TargetId;
      /** The release that it should have. */
      readonly tag: string;
      readonly found: Difference;
      /** One sentence. */
      readonly why: string;
      /** What it said. */
      readonly receipt: Receipt;
      /** The run or sync that found it. @default a refresh by plain Pulumi did */
      readonly run?: number;
    }
  | {
      /** A partner's inbox was given a release's bundle, or had it taken out again. */
      readonly type: "hand-over";
      readonly target: TargetId;
      readonly tag: string;
      readonly what: "given" | "withdrawn";
      /** Hex SHA-256 of the bundle. */
      readonly bundle: string;
      /** Its name in the inbox. */
      readonly file: string;
      /** The run that did it. @default plain Pulumi did */
      readonly run?: number;
    }
  | {
      readonly type: "refusal";
      /** The run or rollback that was refused. @default an update by plain Pulumi was */
      readonly run?: number;
      /** What refused: the name of a stage, or `component`. */
      readonly stage: string;
      readonly why: string;
      /** The target that a component refused for. */
      readonly target?: TargetId;
      /** The release that it refused. */
      readonly tag?: string;
    }
  | {
      readonly type: "rollback-started";
      readonly run: number;
      readonly reason: string;
      /** Whether every target was rolled back: then what was left is quarantined. */
      readonly everywhere: boolean;
      readonly targets: readonly { readonly target: TargetId; readonly from: string; readonly to: string }[];
    }
  | {
      /** What was rolled back from everywhere may ship again. */
      readonly type: "quarantine-lifted";
      readonly tag: string;
      readonly reason: string;
    }
  | {
      /** A run or rollback that ended by a fault, not by a verdict; one that was killed has no end at all. */
      readonly type: "run-broke-off";
      readonly run: number;
      readonly why: string;
    }
  | {
      readonly type: "run-finished";
      readonly run: number;
      readonly exitCode: 0 | 1 | 3;
      readonly targets: Readonly<Record<TargetId, TargetOutcome>>;
      /** Seconds that each stage took. */
      readonly stages: Readonly<Record<string, number>>;
    }
  | {
      /** Leave to do what a rule of the policy forbids. */
      readonly type: "waiver";
      /** The rule's name, e.g. `freeze`. */
      readonly rule: string;
      /** @default every target */
      readonly target?: string;
      readonly reason: string;
      /** Who answers for it. */
      readonly owner: string;
      /** ISO 8601, UTC. */
      readonly until: string;
    }
  | {
      readonly type: "keys-rotated";
      /** The id of the key that signed until here. */
      readonly from: string;
      /** The id of the key that signs from the next entry on. */
      readonly to: string;
      readonly reason: string;
    }
  | {
      /** A site lets releases of a service in, by an account that may do nothing else. */
      readonly type: "site-enrolled";
      readonly target: TargetId;
      readonly service: string;
      readonly host: string;
      readonly sshPort: number;
      /** The account that ships to it. */
      readonly user: string;
      /** The folder on the site that is the product's own. */
      readonly folder: string;
      /** The site's host key, which was pinned: `TYPE BASE64`. */
      readonly hostKey: string;
      /** Its fingerprint: `SHA256:…` */
      readonly fingerprint: string;
      /** The public key that lets the account in: `TYPE BASE64`. */
      readonly deployKey: string;
      /** The ids of the keys whose releases the site takes. */
      readonly keys: readonly string[];
      /** Hex SHA-256 of the gate and its scripts. */
      readonly gate: string;
      /** The docker engine that the account has of its own. @default the site's */
      readonly dockerHost?: string;
    }
  | {
      readonly type: "site-removed";
      readonly target: TargetId;
      readonly service: string;
      readonly host: string;
      /** The account that shipped to it. */
      readonly user: string;
      /** Whether the service went, too. */
      readonly purged: boolean;
    };

/** One entry of the trail: one file. */
export interface Entry {
  /** From 1, without a gap. */
  readonly number: number;
  /** SHA-256 of the file of the entry before it, in hex; 64 zeros for the first. */
  readonly previous: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Who did it: `user@host`. */
  readonly by: string;
  /** On whose behalf, as a CI or HMS_ACTOR says it: a claim. @default nobody said */
  readonly actor?: string;
  readonly body: Body;
}

/** What stands for "the entry before" in the first one. */
export const noPrevious = "0".repeat(64);
