/** The demo: push a release, push a fix, see a leak refused, roll back. Everything it prints was read back. */
import { execa } from "execa";
import { projectFolder } from "../store/project";
import { up, down } from "./lab";
import { cloudDocker, inLab, receiver, serviceRepository, sites } from "./layout";
import { environment } from "./main";
import { fixOverflow, heavyRain, leakSsn, seed } from "./story";

const workingCopy = inLab("demo");

const help = `npm run demo [-- --kubernetes] [-- --down]

Pushes a release, a fix and a leak, and rolls back, on a whole agency on this machine.

  --kubernetes   ship to a one-node cluster, too
  --down         take the lab down at the end

Exit codes: 0 done, 1 something did not go as it should, 2 wrong usage
`;

/** What is wrong with the arguments, as the beginning of a sentence; nothing when they are right. */
export function mistakeIn(args: readonly string[]): string | undefined {
  const wrong = args.find((arg) => !["--kubernetes", "--down", "--help", "-h"].includes(arg));
  return wrong === undefined ? undefined : `the demo takes only --kubernetes and --down, not "${wrong}"`;
}

/**
 * Runs the demo in a lab that begins empty; the lab stays up for whoever wants to look.
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const mistake = mistakeIn(args);
  if (mistake !== undefined) {
    process.stderr.write(`error: ${mistake}. See "npm run demo -- --help".\n`);
    return 2;
  }
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(help);
    return 0;
  }
  title("A whole agency on this machine");
  await down();
  await up({ kubernetes: args.includes("--kubernetes") });
  const env = await environment();
  await execa("git", ["clone", "--quiet", serviceRepository, workingCopy]);

  title("The service team pushes the flood formula");
  await push(seed(workingCopy), env);
  await showAnswers();

  title("Heavy rain overflows it: the team pushes a fix");
  await push(fixOverflow(workingCopy), env);
  await showAnswers();

  title("A commit that leaks a social security number");
  await push(leakSsn(workingCopy), env);
  await showAnswers();

  title("The platform team takes the fix back");
  const back = await hms(["pipeline", "rollback", "--reason", "the new formula worries Anchorage"], env);
  await showAnswers();

  title("The auditor checks the trail");
  const whole = await hms(["audit", "verify"], env);

  title("What is where now, asked of every target");
  const current = await hms(["pipeline", "status"], env);
  const requests = (await (await fetch(`${receiver}/requests`)).json()) as { path: string; body: string }[];
  process.stdout.write("\nNotices and events at the receiver:\n");
  for (const { path: at, body } of requests) {
    const { text, type, subject } = JSON.parse(body) as Record<string, string>;
    const said = text?.split("\n")[0] ?? `${type ?? ""} ${subject ?? ""}`;
    process.stdout.write(`  ${(at.split("/")[1] ?? "").padEnd(9)} ${said}\n`);
  }
  await end(args);
  return back && whole && current ? 0 : 1;
}

async function end(args: readonly string[]): Promise<void> {
  if (args.includes("--down")) {
    await down();
    return;
  }
  process.stdout.write(
    [
      "",
      "The lab is still up. Look around:",
      '  eval "$(npm run --silent lab -- env)"   # then: pulumi stack ls; pulumi up -s onprem; npx hms pipeline status',
      "  npm run lab -- down                     # takes it down; nothing stays behind",
      "",
    ].join("\n"),
  );
}

function title(text: string): void {
  process.stdout.write(`\n── ${text} ──\n`);
}

/** Commits all and pushes; the hook's log comes back as git's `remote:` lines. */
async function push(message: string, env: Record<string, string>): Promise<void> {
  const git = (...args: string[]): ReturnType<typeof execa> =>
    execa("git", ["-C", workingCopy, ...args], { env });
  await git("add", "--all");
  await git(
    "-c",
    "user.name=Service Team",
    "-c",
    "user.email=team@agency.example",
    "commit",
    "--quiet",
    "-m",
    message,
  );
  process.stdout.write(`$ git push   # ${message}\n`);
  const pushing = execa("git", ["-C", workingCopy, "push", "--quiet", "origin", "HEAD:main"], {
    env,
    all: true,
  });
  for await (const line of pushing.iterable({ from: "all" })) {
    process.stdout.write(`${line.replace(/^remote: /, "").trimEnd()}\n`);
  }
  await pushing;
}

/** Runs a command in front of the user; says whether it went well. */
async function hms(args: readonly string[], env: Record<string, string>): Promise<boolean> {
  process.stdout.write(`$ npx hms ${args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ")}\n`);
  const options = { cwd: projectFolder, env, stdio: "inherit", reject: false } as const;
  return (await execa("node", ["cli/hms.js", ...args], options)).exitCode === 0;
}

/** Asks the service everywhere, and looks into an inbox. */
async function showAnswers(): Promise<void> {
  const places = [
    ["cloud", cloudDocker.service],
    ...sites.map(({ name, address }) => [name, `http://${address}:8080`]),
  ] as const;
  const answers = await Promise.all(
    places.map(async ([name = "", url = ""]) => {
      const answer = (await (await fetch(`${url}${heavyRain}`)).json()) as { risk: number; formula: string };
      return `${name} ${answer.formula}: risk ${String(answer.risk)}`;
    }),
  );
  process.stdout.write(`   asked for heavy rain: ${answers.join(" · ")}\n`);
}
