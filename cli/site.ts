/** `hms site`: argv → call → print. */
/* eslint-disable @typescript-eslint/no-require-imports -- a verb loads what it needs, and no other waits for it */
import type { Command } from "commander";
import type { EnrollOptions, EnrollResult } from "../pipeline/sites/enroll";
import type { RemoveOptions, RemoveResult } from "../pipeline/sites/remove";
import { ask, print, wholeNumber } from "./arguments";

const stack = ["--stack <name>", "the stack of the sites", "onprem"] as const;
const admin = ["--admin <user>", "who may become root there", "root"] as const;
const adminKey = [
  "--admin-key <file>",
  "the administrator's private key (default: what ssh tries; it may ask)",
] as const;
const dialTimeout = [
  "--dial-timeout <seconds>",
  "how long to wait for the site to answer (default: 5)",
  wholeNumber,
] as const;
const json = ["--json", "print one JSON object on stdout, and the rest on stderr"] as const;

interface Common {
  readonly dialTimeout?: number;
  readonly json?: true;
}

/** Adds the verbs of `hms site`. */
export function addSite(site: Command): void {
  site
    .command("enroll")
    .argument("<name>", "the site's name among hms:sites")
    .description("let a site take releases, by an account that may do nothing else; again: mend and renew it")
    .option("--host <host>", "its host name or address (default: that of its last enrolment)")
    .option("--port <number>", "its SSH port (default: 22)", wholeNumber)
    .option("--key <file>", "the private key that will log in (its public half: FILE.pub)")
    .option("--public-key <file>", "its public half alone, where an SSH agent holds the private one")
    .option("--fingerprint <SHA256:…>", "what the host key must be (default: somebody confirms it)")
    .option("--pin <file>", "where to pin the host key (default: .hms/sites/NAME.hostkey.pub)")
    .option("--user <name>", "the account to make (default: hms)")
    .option("--folder <path>", "the folder on the site that is to be ours (default: /srv/hms)")
    .option("--docker-host <unix://…>", "a docker engine of the account's own (default: the site's)")
    .option("--update", "renew gate, scripts and trusted keys of a site that was enrolled before")
    .option(...admin)
    .option(...adminKey)
    .option(...stack)
    .option(...dialTimeout)
    .option(...json)
    .addHelpText(
      "after",
      "\nExample:\n  npx hms site enroll anchorage --host anchorage.agency.example --key /etc/hms/deploy_key",
    )
    .action(async (name: string, options: Omit<EnrollOptions, "name"> & Common) => {
      const { enroll } = require("../pipeline/sites/enroll") as typeof import("../pipeline/sites/enroll");
      const result = await enroll({
        ...options,
        name,
        dialTimeoutSeconds: options.dialTimeout,
        say: (line) => process.stderr.write(`${line}\n`),
        ...(process.stdin.isTTY && { ask }),
      });
      print(options, result, formatEnrolled(result));
    });
  site
    .command("remove")
    .argument("<name>", "the site's name")
    .description("take key, gate and account off a site; the service goes on")
    .option("--purge", "take the service off, too: its containers and its folder")
    .option("--force", "though the stack's settings list the site")
    .option(...admin)
    .option(...adminKey)
    .option(...stack)
    .option(...dialTimeout)
    .option(...json)
    .addHelpText("after", "\nExample:\n  npx hms site remove anchorage --purge")
    .action(async (name: string, options: Omit<RemoveOptions, "name"> & Common) => {
      const { remove } = require("../pipeline/sites/remove") as typeof import("../pipeline/sites/remove");
      const result = await remove({ ...options, name, dialTimeoutSeconds: options.dialTimeout });
      print(options, result, formatRemoved(result));
    });
  site
    .command("list")
    .description("the sites of a stack, and how they were enrolled")
    .option(...stack)
    .option("--json", "print one JSON array")
    .addHelpText("after", "\nExample:\n  npx hms site list")
    .action(async (options: { stack: string; json?: true }) => {
      const { formatSites, listSites } =
        require("../pipeline/sites/list") as typeof import("../pipeline/sites/list");
      const found = await listSites(options.stack);
      print(options, found, formatSites(found));
    });
}

function formatEnrolled({ target, user, host, entry, settings }: EnrollResult): string {
  const done = `${target} is enrolled: ${user}@${host} takes its releases (entry ${String(entry)} of the trail).`;
  return settings.there
    ? `${done} ${settings.file} says so already.`
    : `${done}\nPut this below hms:sites in ${settings.file}:\n\n${settings.yaml.replaceAll(/^(?=.)/gm, "    ").trimEnd()}`;
}

function formatRemoved({ target, user, host, purged, accountGone, entry }: RemoveResult): string {
  const account = accountGone ? `the account ${user} is gone` : `${user} stays, for other services`;
  const service = purged ? "the service is taken off" : "the service goes on as it is";
  return `${target} (${host}) takes no releases any more: ${account}, ${service} (entry ${String(entry)} of the trail).`;
}
