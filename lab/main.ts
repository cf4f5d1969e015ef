/** `npm run lab -- up | down | status | env`: argv → call → print → exit code. */
import { parseArgs } from "node:util";
import { exportLines, labEnvironment } from "./environment";
import { registry, receiver, serviceRepository } from "./layout";
import { down, type LabStatus, status, up } from "./lab";

export { labEnvironment as environment } from "./environment";

const help = `npm run lab -- COMMAND

A whole agency on this machine: a docker engine that plays the cloud, a registry, two sites, three partners, the
service's Git repository, and a receiver for annotations and events. Only root can run it.

  up [--kubernetes]   start it, or mend what is broken of it; with --kubernetes a one-node cluster, too
  down                take it down; nothing stays behind
  status [--json]     show what serves; exit code 1 when something does not
  env                 print the environment in which pulumi and hms find it:  eval "$(npm run --silent lab -- env)"

Exit codes: 0 done, 1 failed or not up, 2 wrong usage
`;

/** The commands, and the options that each takes. */
const commands: Readonly<Record<string, readonly string[]>> = {
  up: ["kubernetes"],
  down: [],
  status: ["json"],
  env: [],
};

/**
 * Runs one command.
 * @returns the exit code
 * @throws one sentence when it fails
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.length === 0 || args.some((arg) => ["--help", "-h", "help"].includes(arg))) {
    process.stdout.write(help);
    return args.length === 0 ? 2 : 0;
  }
  const wrong = mistakeIn(args);
  if (wrong !== undefined) {
    process.stderr.write(`error: ${wrong}. See "npm run lab -- --help".\n`);
    return 2;
  }
  switch (args[0]) {
    case "up":
      await up({ kubernetes: args.includes("--kubernetes") });
      return 0;
    case "down":
      await down();
      return 0;
    case "status": {
      const found = await status();
      process.stdout.write(
        args.includes("--json") ? `${JSON.stringify(found, undefined, 2)}\n` : statusText(found),
      );
      return found.up ? 0 : 1;
    }
    default:
      process.stdout.write(exportLines(await labEnvironment()));
      return 0;
  }
}

/** What is wrong with the arguments, as the beginning of a sentence; nothing when they are right. */
export function mistakeIn([command = "", ...rest]: readonly string[]): string | undefined {
  const options = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!options) return `"${command}" is no command of the lab`;
  try {
    parseArgs({
      args: rest,
      options: Object.fromEntries(options.map((name) => [name, { type: "boolean" as const }])),
    });
    return undefined;
  } catch {
    const allowed = options.map((name) => `--${name}`).join(", ");
    return `"${command}" takes ${allowed === "" ? "no arguments" : `only ${allowed}`}, not "${rest.join(" ")}"`;
  }
}

/** The status for people: a line for each part. */
export function statusText(found: LabStatus): string {
  const word = (up: boolean): string => (up ? "up" : "down");
  const rows = [
    ["cloud", "docker engine", word(found.cloud)],
    ...(found.kubernetes === undefined ? [] : [["kubernetes", "one node", word(found.kubernetes)]]),
    ["registry", registry, word(found.registry)],
    ["receiver", receiver, word(found.receiver)],
    ["repository", serviceRepository, found.repository ? "there" : "missing"],
    ...found.sites.map(({ name, address, link, docker, sshd }) => [
      `site ${name}`,
      address,
      `line ${link}, docker ${word(docker)}, sshd ${word(sshd)}`,
    ]),
    ...found.partners.map(({ name, url, up: isUp }) => [`partner ${name}`, url, word(isUp)]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join("  "));
  return `${lines.join("\n")}\nThe lab is ${found.up ? "up" : "not up"}.\n`;
}
