/**
 * The plugins that every engine of a run starts, in node, for itself: the policy pack, and the provider of dynamic resources. A run
 * starts them once, ahead, and its engines find them at work (docs/adr/0029).
 */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { projectFolder } from "../../store/project";
import { engineMark } from "../../store/remains";

/** How long one may take from its start until it could listen, and again until it says where, in seconds. */
const usualLimit = 30;

/** A plugin that is started, or about to be. */
interface Plugin {
  /** Its process, once it is started. */
  process?: ChildProcess;
  /** Its port as soon as it listens; nothing when it ends before. */
  readonly port: Promise<number | undefined>;
}

/** The plugins of one run. */
export class Plugins {
  private readonly packs = new Map<boolean, Plugin>();
  private readonly providers = new Map<string, Plugin>();
  private last: Promise<unknown> = Promise.resolve();
  private hasEnded = false;
  private mayListen: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.mayListen = resolve;
  });

  /**
   * @param environment what the engine is started with; a plugin has the same
   * @param limitSeconds how long one may take from its start until it could listen, and again until it says where; then it is ended,
   *   and the engine starts its own
   */
  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly limitSeconds = usualLimit,
  ) {}

  /**
   * Begins to start what the engines of some stacks will want: for each a provider, for its preview and its update, and policy packs
   * for all of them. A preview's pack and an update's are two, since a pack is told at its start which it is for. One starts after the
   * other: each takes a processor for a third of a second, and there is something else at work. They know the run's number, so it must be
   * known by then.
   *
   * @param stacks by what all that their engines start is known by: a provider ends with what a killed engine leaves
   * @param updates whether there will be one, as far as is known: otherwise its pack begins when the first one asks where it is
   */
  begin(stacks: readonly { readonly engine: string }[], updates = true): void {
    if (stacks.length === 0 || this.hasEnded) {
      return;
    }
    this.beginPack(true);
    for (const { engine } of stacks) {
      if (!this.providers.has(engine)) {
        this.providers.set(engine, this.start("dynamic-provider", projectFolder, engineMark(engine)));
      }
    }
    if (updates) {
      this.beginPack(false);
    }
  }

  /** Lets them listen, now and from now on: no code of a commit is at work any more. */
  open(): void {
    this.mayListen();
  }

  /**
   * What tells a stack's engine where its plugins are, in its environment. Of one that is not at work it says nothing, and the engine
   * starts its own.
   *
   * @param dryRun whether it is a preview
   */
  async whereabouts(engine: string, dryRun: boolean): Promise<Record<string, string>> {
    if (this.packs.size > 0 && !this.hasEnded) {
      this.beginPack(dryRun);
    }
    const [pack, provider] = await Promise.all([
      portNow(this.packs.get(dryRun)),
      portNow(this.providers.get(engine)),
    ]);
    const folders = [
      ...(pack === undefined ? [] : [path.join(__dirname, "policy")]),
      ...(provider === undefined ? [] : [path.join(__dirname, "provider")]),
    ];
    return {
      PATH: [...folders, process.env["PATH"] ?? ""].join(path.delimiter),
      ...(pack !== undefined && { HMS_POLICY_PORT: String(pack) }),
      ...(provider !== undefined && { HMS_PROVIDER_PORT: String(provider) }),
    };
  }

  /** Ends all of them; no further one begins. */
  end(): void {
    this.hasEnded = true;
    for (const { process: child } of [...this.packs.values(), ...this.providers.values()]) {
      child?.kill("SIGKILL");
    }
  }

  private beginPack(dryRun: boolean): void {
    if (!this.packs.has(dryRun)) {
      const env = { PULUMI_NODEJS_DRY_RUN: String(dryRun) };
      this.packs.set(dryRun, this.start("run-policy-pack", path.join(projectFolder, "policy"), env));
    }
  }

  /** Starts one as soon as the one before it could listen. */
  private start(command: string, folder: string, env: Record<string, string>): Plugin {
    const isLoaded = this.last.then(async () => {
      if (!this.hasEnded) {
        plugin.process = this.spawn(command, folder, env);
        await loaded(plugin.process, this.limitSeconds);
      }
    });
    const port = isLoaded.then(async () => {
      await this.opened;
      return plugin.process && portOf(plugin.process, this.limitSeconds);
    });
    // One that can't even be started is one that is not there.
    const plugin: Plugin = { port: port.catch(() => undefined) };
    this.last = isLoaded.catch(() => undefined);
    return plugin;
  }

  private spawn(command: string, folder: string, env: Record<string, string>): ChildProcess {
    const script = require.resolve(`@pulumi/pulumi/cmd/${command}`);
    // Pulumi wants the engine's address there, and makes no use of it.
    const argv = ["--require", path.join(__dirname, "child.js"), script, "127.0.0.1:0", "."];
    return spawn(process.execPath, argv, {
      cwd: folder,
      env: { ...process.env, ...this.environment, PULUMI_NODEJS_PROJECT: "hms", ...env },
      stdio: ["ignore", "pipe", "ignore", "ipc"],
      // An interrupt at the terminal is the engine's affair, which brings to an end what it has begun.
      detached: true,
    });
  }
}

/** Where a plugin is that is at work. */
async function portNow(plugin: Plugin | undefined): Promise<number | undefined> {
  const port = await plugin?.port;
  const isOver = plugin?.process?.exitCode !== null || plugin.process.signalCode !== null;
  return isOver ? undefined : port;
}

/** Waits until a plugin could listen, or has ended, or has taken too long. */
function loaded(child: ChildProcess, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const limit = endAfter(child, seconds);
    const go = (): void => {
      clearTimeout(limit);
      resolve();
    };
    child.once("message", go).once("exit", go).once("error", go);
  });
}

/** Lets a plugin listen. The port that it tells in its first line; nothing when it ends without one, as one with wrong settings does. */
function portOf(child: ChildProcess, seconds: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const { stdout } = child;
    if (stdout === null || !child.connected) {
      resolve(undefined);
      return;
    }
    const limit = endAfter(child, seconds);
    // It goes on to read: what is said later is nobody's affair, and is not to fill the pipe.
    createInterface({ input: stdout })
      .once("line", (line) => {
        clearTimeout(limit);
        resolve(/^\d+$/.test(line) ? Number(line) : undefined);
      })
      .once("close", () => {
        clearTimeout(limit);
        resolve(undefined);
      });
    child.send("listen", () => undefined);
  });
}

const endAfter = (child: ChildProcess, seconds: number): NodeJS.Timeout =>
  setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
