/** A stack through Pulumi's Automation API, with the program inline (design D10). */
import { randomUUID } from "node:crypto";
import path from "node:path";
import { RunError } from "@pulumi/pulumi";
import { type EngineEvent, LocalWorkspace, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { parseStack, settingsIn, type StackSettings, type StackSettingsOf } from "../core/config";
import { UserError, lastLine, messageOf } from "../core/errors";
import { nameOf } from "../core/outcome";
import { lockHolders } from "../core/stack-lock";
import { withoutAttributes } from "../core/state-backend";
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the program is what its module is: Pulumi calls it
import program = require("../index");
import { backendUrl } from "../store/backend";
import { projectFolder } from "../store/project";
import { endEngine, engineMark } from "../store/remains";
import { mendStack, pastDeadLocks } from "./mend";
import { Plugins } from "./plugins";
import { stackConfig } from "./stack-config";

/** An opened stack. */
export interface OpenStack {
  readonly name: string;
  readonly settings: StackSettings;
  readonly stack: Promise<Stack>;
  /** What all that its engines start is known by. */
  readonly engine: string;
  /** The plugins that its engines find at work. @default none: each engine starts its own */
  readonly plugins?: Plugins;
}

/** What may be decided in the place of the settings; see the program. */
export type Choice = NonNullable<Parameters<typeof program>[0]>;

/** How an operation on a stack ended. */
export interface Operation {
  readonly events: readonly EngineEvent[];
  /** What the engine or the program said, when it did not go through. */
  readonly error?: string;
  /** Whether it was a user's mistake: then nothing was touched. */
  readonly userError: boolean;
  /** Whether the engine ended without a summary, as when it is killed. @default false */
  readonly cutOff?: boolean;
}

/** What the engine is started with, and all that it starts. */
function environment(): Record<string, string> {
  const { NODE_OPTIONS: options, GOGC = "400" } = process.env;
  const backend = backendUrl();
  const startup = `--require=${JSON.stringify(path.join(projectFolder, "startup.js"))}`;
  return {
    // Pulumi's own look-up of a newer version is not for a pipeline.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // It and its plugins live for a second or two: Go's collector would take a fifth of the time that their start takes.
    GOGC,
    NODE_OPTIONS: options === undefined ? startup : `${options} ${startup}`,
    ...(backend?.startsWith("file://") && { PULUMI_BACKEND_URL: withoutAttributes(backend) }),
  };
}

/** What starts the plugins of one run; see {@link Plugins}. */
export const newPlugins = (): Plugins => new Plugins(environment());

/** The compliance gate that every preview and update passes. */
const policyPack = path.join(projectFolder, "policy");

/** The engine: asked for its version once, and not once a stack. */
let pulumiCommand: Promise<PulumiCommand> | undefined;

/**
 * Opens a stack of the project, and checks its settings. Its engine is looked for meanwhile: not all that open it start one.
 *
 * @throws UserError when its settings are wrong, or Pulumi has to be asked for them and there is no such stack
 */
export async function openStack(name: string, plugins?: Plugins): Promise<OpenStack> {
  const engine = randomUUID();
  const stack = selectStack(name, engine);
  stack.catch(() => undefined);
  const config = await stackConfig(name, projectFolder, async () => (await stack).getAllConfig()).catch(
    (error: unknown): never => {
      throw error instanceof UserError ? error : new UserError(whyNot(name, error));
    },
  );
  const settings = parseStack(settingsIn(config), `Pulumi.${name}.yaml`);
  return { name, stack, engine, settings, ...(plugins !== undefined && { plugins }) };
}

/** @throws UserError when there is no engine */
async function selectStack(name: string, engine: string): Promise<Stack> {
  try {
    const workspace = await LocalWorkspace.create({
      workDir: projectFolder,
      program: () => program(),
      envVars: { ...environment(), ...engineMark(engine) },
      pulumiCommand: await (pulumiCommand ??= PulumiCommand.get()),
    });
    // Each command names its stack, and the first of an engine fails for one that is not there.
    workspace.selectStack = () => Promise.resolve();
    const stack = await Stack.select(name, workspace);
    asksForNothingAfterwards(stack);
    return stack;
  } catch (error) {
    throw new UserError(whyNot(name, error));
  }
}

/**
 * Waits until stacks have their engine.
 *
 * @throws UserError when there is none
 */
export async function haveEngine(stacks: readonly OpenStack[]): Promise<void> {
  await Promise.all(stacks.map(({ stack }) => stack));
}

function whyNot(name: string, error: unknown): string {
  return /spawn pulumi ENOENT/.test(messageOf(error))
    ? "There is no pulumi on PATH. Install Pulumi, or take the lab's: npm run lab -- env."
    : (whyNoStack(name, error) ?? `Stack ${name} can't be opened: ${lastLine(messageOf(error))}`);
}

/** What an error says of a stack that is not there; nothing when it is of something else. */
function whyNoStack(name: string, error: unknown): string | undefined {
  return /no stack named/.test(messageOf(error))
    ? `There is no stack ${name} in the backend. Run "pulumi stack init ${name}".`
    : undefined;
}

/** Opens stacks, side by side; see {@link openStack}. */
export function openStacks(names: readonly string[], plugins?: Plugins): Promise<OpenStack[]> {
  return Promise.all(names.map((name) => openStack(name, plugins)));
}

/**
 * After each update the Automation API starts the engine three times more, for the stack's outputs and its history. Here nobody
 * looks at either: what an update did is told by its events, also where it failed on the way (design D15).
 */
function asksForNothingAfterwards(stack: Stack): void {
  stack.outputs = () => Promise.resolve({});
  stack.info = () => Promise.resolve(undefined);
}

/** Opens the stack that builds; see {@link openStack}. */
export async function openBuild(
  plugins?: Plugins,
): Promise<OpenStack & { readonly settings: StackSettingsOf<"build"> }> {
  const { settings, ...open } = await openStack("build", plugins);
  if (settings.role !== "build") {
    throw new UserError(`Pulumi.build.yaml: hms:role: found "${settings.role}"; allowed: build`);
  }
  return { ...open, settings };
}

/** Previews a stack under the policy pack. */
export async function preview(open: OpenStack, choice: Choice, onEvent?: OnEvent): Promise<Operation> {
  await leadToPlugins(open, true);
  return operate(open, { choice, onEvent }, async (callbacks) =>
    (await open.stack).preview({ ...callbacks, policyPacks: [policyPack] }),
  );
}

/** Has the next engine of a stack find the plugins that are at work for it. */
async function leadToPlugins({ stack, plugins, engine }: OpenStack, dryRun: boolean): Promise<void> {
  if (plugins !== undefined) {
    Object.assign((await stack).workspace.envVars, await plugins.whereabouts(engine, dryRun));
  }
}

/** What is told of an update while it is on. */
export interface Told {
  readonly onEvent?: OnEvent;
  /** Its engine was killed, and it is done once more. */
  readonly onAgain?: () => void;
}

/**
 * Updates a stack under the policy pack: each target on its own, whatever becomes of the others. When the engine is killed, it is
 * done once more: a target may answer with its release, and have something left undone behind it. An engine that was killed
 * leaves nothing at work, and neither a lock nor pending operations.
 */
export async function update(open: OpenStack, choice: Choice, told: Told = {}): Promise<Operation> {
  const first = await updateOnce(open, choice, told);
  if (!first.cutOff) {
    return first;
  }
  told.onAgain?.();
  return updateOnce(open, choice, told);
}

async function updateOnce(open: OpenStack, choice: Choice, { onEvent }: Told): Promise<Operation> {
  await leadToPlugins(open, false);
  const operation = await operate(open, { choice, onEvent }, (callbacks) =>
    pastDeadLocks(open, async () =>
      (await open.stack).up({ ...callbacks, policyPacks: [policyPack], continueOnError: true }),
    ),
  );
  if (operation.cutOff) {
    await endEngine(open.engine);
    // What can't be mended now is found by the next update.
    await mendStack(open).catch(() => undefined);
  }
  return operation;
}

/**
 * Reads back what some targets of a stack have into its state, so that the next update sees what somebody changed there. The
 * others are not asked: one that can't be reached would hold it up.
 *
 * @param types how the types begin of what is read back @default all that they have
 */
export async function readBack(open: OpenStack, targets: readonly string[], types = ""): Promise<Operation> {
  const exported = await (await open.stack).exportStack();
  const { resources = [] } = exported.deployment as {
    readonly resources?: readonly { readonly urn: string; readonly type: string; readonly parent?: string }[];
  };
  const urns = resources
    .filter(
      ({ parent, type }) =>
        parent !== undefined && targets.includes(nameOf(parent)) && type.startsWith(types),
    )
    .map(({ urn }) => urn);
  if (urns.length === 0) {
    return { events: [], userError: false };
  }
  await leadToPlugins(open, false);
  return operate(open, { choice: {} }, ({ onEvent, onOutput }) =>
    pastDeadLocks(open, async () => (await open.stack).refresh({ target: urns, onEvent, onOutput })),
  );
}

type OnEvent = (event: EngineEvent) => void;

interface Callbacks {
  readonly program: () => Promise<Record<string, unknown>>;
  readonly onEvent: OnEvent;
  readonly onOutput: (out: string) => void;
}

async function operate(
  { name }: OpenStack,
  { choice, onEvent }: { readonly choice: Choice; readonly onEvent?: OnEvent | undefined },
  start: (callbacks: Callbacks) => Promise<unknown>,
): Promise<Operation> {
  const events: EngineEvent[] = [];
  const mistakes: string[] = [];
  try {
    await start({
      program: async () => {
        try {
          return await program(choice);
        } catch (error) {
          if (RunError.isInstance(error)) {
            mistakes.push(error.message);
          }
          throw error;
        }
      },
      onEvent: (event) => {
        events.push(event);
        onEvent?.(event);
      },
      onOutput: () => undefined,
    });
    return { events, userError: false };
  } catch (error) {
    const [mistake = error instanceof UserError ? error.message : whyNoStack(name, error)] = mistakes;
    const userError = mistake !== undefined;
    // One that found another at work has not begun.
    const cutOff =
      !userError &&
      lockHolders(messageOf(error)).length === 0 &&
      events.every(({ summaryEvent }) => summaryEvent === undefined);
    return { events, error: mistake ?? lastLine(messageOf(error)), userError, cutOff };
  }
}
