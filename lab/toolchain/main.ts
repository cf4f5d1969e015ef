/**
 * What `npm run demo`, `npm run lab`, `npm run bench`, `npm test` and `npm run test:unit` do once Node and the node modules are there:
 * bring the rest, then run the command.
 */
import { caddyBinary } from "./caddy";
import { ftpServers } from "./ftp-servers";
import { chaosTests, everything, unitTests } from "./checks";
import { cosignBinary } from "./cosign";
import { kubernetesBinary } from "./kubernetes/cluster";
import { prepare } from "./prepare";
import { toxiproxyBinary } from "./toxiproxy";
import { workflowTools } from "./workflow-tools";

/** A command's own program. */
interface Program {
  /** Answers with the exit code. */
  readonly main: (args: string[]) => Promise<number>;
  /** What is wrong with the arguments; `main` says it. */
  readonly mistakeIn?: (args: string[]) => string | undefined;
}

/** Runs one verb of `bootstrap.sh` and answers with the exit code. */
async function run(verb: string | undefined, args: string[]): Promise<number> {
  switch (verb) {
    case "demo":
      return await start("../demo", args, true);
    case "lab":
      // Taking the lab down, or a look at it, needs no engine.
      return await start("../main", args, args[0] === "up");
    case "test":
      await prepare({ kubernetes: true });
      await buildForTests();
      return await everything(args);
    case "chaos":
      await prepare({ kubernetes: false });
      await caddyBinary();
      await toxiproxyBinary();
      return await chaosTests(args);
    case "unit":
      return await unitTests(args);
    case "bench":
      return await measure(args);
    default:
      throw new Error(`"${verb ?? ""}" is no command. Use demo, lab, test, chaos, unit or bench.`);
  }
}

/** Builds what the lab's tests start, one after the other: a test that had to wait for its build would run out of its time. */
async function buildForTests(): Promise<void> {
  await caddyBinary();
  await kubernetesBinary();
  await cosignBinary();
  await ftpServers();
  await toxiproxyBinary();
  await workflowTools();
}

async function measure(args: string[]): Promise<number> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only the command's own program is loaded
  const { main, needsLab } = require("../../bench/main") as Program & {
    readonly needsLab: (args: string[]) => boolean;
  };
  if (needsLab(args)) {
    await prepare({ kubernetes: true });
    await caddyBinary();
    await kubernetesBinary();
  }
  return await main(args);
}

async function start(program: string, args: string[], needsEngine = false): Promise<number> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only the command's own program is loaded
  const { main, mistakeIn } = require(program) as Program;
  const help = args.some((arg) => ["--help", "-h"].includes(arg));
  // Nobody waits minutes to hear of a slip of the keyboard.
  if (needsEngine && !help && mistakeIn?.(args) === undefined) {
    await prepare({ kubernetes: args.includes("--kubernetes") });
  }
  return await main(args);
}

run(process.argv[2], process.argv.slice(3)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`error: ${process.env["HMS_DEBUG"] ? (stack ?? message) : message}\n`);
    process.exitCode = 1;
  },
);
