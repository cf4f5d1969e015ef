/** The demo: push a release, push a fix, see a leak refused, roll back. Everything it prints was read back. */
import { execa } from "execa";
import { projectFolder } from "../store/project";
import { up, down } from "./lab";
import { cloudDocker, inLab, receiver, serviceRepository, sites } from "./layout";
import { environment } from "./main";
import { fixOverflow, heavyRain, leakSsn, seed } from "./story";

const workingCopy = inLab("demo");

/** Runs the demo in a lab that begins empty; the lab stays up for whoever wants to look. */
export async function main(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    process.stdout.write(
      "npm run demo [-- --down]\n\nRuns the demo; with --down, takes the lab down at the end.\n",
    );
    return;
  }
  title("A whole agency on this machine");
  await down();
  await up({ kubernetes: false });
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
  await hms(["pipeline", "rollback", "--reason", "the new formula worries Anchorage"], env);
  await showAnswers();

  title("The auditor checks the trail");
  await hms(["audit", "verify"], env);

  title("What is where now, asked of every target");
  await hms(["pipeline", "status"], env);
  const annotations = (await (await fetch(`${receiver}/requests`)).json()) as { body: string }[];
  process.stdout.write("\nAnnotations at the receiver:\n");
  for (const { body } of annotations) {
    process.stdout.write(`  ${(JSON.parse(body) as { text: string }).text}\n`);
  }
  await end(args);
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

async function hms(args: readonly string[], env: Record<string, string>): Promise<void> {
  process.stdout.write(`$ npx hms ${args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ")}\n`);
  await execa("node", ["cli/hms.js", ...args], { cwd: projectFolder, env, stdio: "inherit", reject: false });
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
