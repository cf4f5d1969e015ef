/** What a stand-in plugin is made of: resources, functions and a configuration, apart from the protocol that carries them. */
import type { Change } from "./changes";
import type { Value, Values } from "./values";

/** How grave a message to the engine is. */
export type Severity = "debug" | "info" | "warning" | "error";

/** What a resource's operation may do besides its work. */
export interface Context {
  /** Aborted when the engine cancels (Ctrl-C). */
  readonly signal: AbortSignal;
  /**
   * Shows a message at the resource.
   *
   * @param passing whether it is only a status, which the next one replaces. @default false
   */
  log(severity: Severity, message: string, passing?: boolean): void;
}

/** An input that can't be accepted. */
export interface Failure {
  /** The input, as a path: `ports[0].internal`. */
  readonly property: string;
  /** Why, in one sentence. */
  readonly reason: string;
}

/** A request to look at inputs. */
export interface CheckRequest {
  /** The resource's name in the program. */
  readonly name: string;
  /** The inputs of the last update; none at the first. */
  readonly oldInputs: Values;
  /** The inputs that the program gives now. */
  readonly inputs: Values;
  /** Random bytes that are the same in a preview and in the update after it. */
  readonly seed: Uint8Array;
}

/** Inputs with defaults filled in, and what is wrong with them. */
export interface CheckResult {
  readonly inputs: Values;
  readonly failures: readonly Failure[];
}

/** A request to compare. */
export interface DiffRequest {
  /** The outputs of the last update. */
  readonly state: Values;
  readonly inputs: Values;
}

/** What would change. No changes: the resource stays as it is. */
export interface Diff {
  readonly changes: readonly Change[];
  /**
   * Whether a replacement removes the old one first.
   *
   * @default false
   */
  readonly deleteBeforeReplace?: boolean;
}

/** A request to create. */
export interface CreateRequest {
  /** The resource's name in the program. */
  readonly name: string;
  readonly inputs: Values;
  /** Whether nothing may be touched. */
  readonly preview: boolean;
}

/** A request to update in place. */
export interface UpdateRequest {
  readonly id: string;
  readonly state: Values;
  readonly inputs: Values;
  readonly preview: boolean;
}

/** A resource as it is out there. */
export interface Live {
  /** Empty in a preview, and for a resource that is gone. */
  readonly id: string;
  readonly outputs: Values;
}

/** A resource as it was last known. */
export interface Known {
  readonly id: string;
  readonly state: Values;
}

/** A kind of resource. */
export interface Resource {
  check(request: CheckRequest, context: Context): CheckResult | Promise<CheckResult>;
  diff(request: DiffRequest): Diff;
  create(request: CreateRequest, context: Context): Live | Promise<Live>;
  update(request: UpdateRequest, context: Context): Values | Promise<Values>;
  /** The resource as it is now; an empty id when it is gone. */
  read(known: Known, context: Context): Live | Promise<Live>;
  delete(known: Known, context: Context): void | Promise<void>;
}

/** A plugin. */
export interface Provider {
  /** Pulumi's name of the package: `docker`. */
  readonly name: string;
  /** The version of the npm SDK in use. */
  readonly version: string;
  /** Whether inputs arrive with their secrets marked; if not, the engine marks outputs as the inputs of the same name were. */
  readonly acceptsSecrets: boolean;
  /** By type: `docker:index/image:Image`. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** By token: `command:local:run`. */
  readonly functions?: Readonly<Record<string, (inputs: Values, context: Context) => Promise<Values>>>;
  /** Takes the configuration, and refuses it by an error. */
  configure?(configuration: Values, signal: AbortSignal): Promise<void>;
  /** Which settings changed; those of the engine's own (`version`, `pluginDownloadURL`) are left out before. */
  diffConfiguration?(olds: Values, news: Values): readonly Change[];
}

/** A resource that exists, but is not as it should be: the engine keeps it, and tries again at the next update. */
export class InitializationFailed extends Error {
  constructor(
    readonly live: Live,
    reason: string,
  ) {
    super(reason);
  }
}

/** An error as the engine's own bridge words it. */
export const bridged = (message: string): string => `1 error occurred:\n\t* ${message}\n\n`;

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The text of a property; `fallback` when it is absent or no text. */
export const text = (value: Value, fallback = ""): string => (typeof value === "string" ? value : fallback);
