/** `hms site enroll`: lets a site take releases, by an account that may do nothing else. */
import fs from "node:fs";
import path from "node:path";
import { authorizedKey, type Enrolled, gateOf, homeOf, keysFileOf, requireWord } from "../../core/enrolment";
import type { TargetId } from "../../core/entry";
import { lastLine, UsageError, UserError } from "../../core/errors";
import type { HostKey } from "../../core/host-key";
import { quote } from "../../core/quote";
import { faultsOf, parseFacts, type SiteFacts } from "../../core/site-facts";
import { howToMakeKeys, signer, trustedFiles, trustedFolder } from "../../store/keys";
import { projectFolder } from "../../store/project";
import { openTrail } from "../../store/trail";
import { asAccount, asRoot, type Login } from "./admin";
import { readDeployKey } from "./deploy-key";
import { makeGate } from "./gate";
import { hostKeyOf, pin, pinnedIn, settleHostKey } from "./host-key";
import { findSite, type SitePlace } from "./place";
import { settingsBlock, type SiteBlock } from "./settings-block";

/** Which site, and who enrolls it. What is not said is taken from the site's last enrolment, if there is one. */
export interface EnrollOptions {
  /** The site's name among `hms:sites`. */
  readonly name: string;
  /** The stack of the sites. @default onprem */
  readonly stack?: string;
  /** Its host name or address. @default that of the last enrolment */
  readonly host?: string;
  /** Its SSH port. @default 22 */
  readonly port?: number;
  /** Who may become root there. @default root */
  readonly admin?: string;
  /** Path of the administrator's private key. @default what `ssh` tries */
  readonly adminKey?: string;
  /** The account to make. @default hms */
  readonly user?: string;
  /** The folder on the site that will be the product's own. @default /srv/hms */
  readonly folder?: string;
  /** Path of the private key that will log in; its public half may lie beside it. */
  readonly key?: string;
  /** Path of its public half alone, where an agent holds the private one. */
  readonly publicKey?: string;
  /** The fingerprint that the site's host key must have: `SHA256:…`. @default somebody confirms it */
  readonly fingerprint?: string;
  /** Path of the file to pin the host key in. @default the one that the stack names, or `.hms/sites/NAME.hostkey.pub` */
  readonly pin?: string;
  /** `unix://…`, an engine that is the account's own. @default the site's */
  readonly dockerHost?: string;
  /** Whether it must have been enrolled before. @default false */
  readonly update?: boolean;
  /** Seconds to wait for the site to answer. @default 5 */
  readonly dialTimeoutSeconds?: number;
  /** Asks whoever sits there; absent when nobody does. */
  readonly ask?: (question: string) => Promise<string>;
  /** Takes what happens, a line each. */
  readonly say: (line: string) => void;
}

/** An enrolled site. Field names are stable: `--json` prints it. */
export interface EnrollResult {
  readonly target: TargetId;
  readonly host: string;
  readonly sshPort: number;
  readonly user: string;
  readonly folder: string;
  /** Of the site's host key. */
  readonly fingerprint: string;
  /** The file that pins it. */
  readonly hostKeyFile: string;
  /** Fingerprint of the key that lets the account in. */
  readonly deployKey: string;
  /** The ids of the keys whose releases the site takes. */
  readonly keys: readonly string[];
  /** Whether the account was seen to get in by its gate. */
  readonly tried: boolean;
  /** The entry of the trail. */
  readonly entry: number;
  /** What the stack's settings must say of the site, and whether they do. */
  readonly settings: SiteBlock;
}

/**
 * Enrolls a site, or mends and renews an enrolment.
 *
 * @throws Unreachable when nobody answers, UserError when the site is not what it should be
 */
export async function enroll(options: EnrollOptions): Promise<EnrollResult> {
  const place = await findSite(options.name, options.stack ?? "onprem");
  const plan = await planOf(options, place);
  const hostKey = await settleHostKey({
    ...options,
    ...plan.login,
    pinned: pinnedIn(plan.pin) ?? place.enrolled?.hostKey,
  });
  const admin: Login = {
    ...plan.login,
    user: requireWord("account", "--admin", options.admin ?? "root"),
    ...(options.adminKey !== undefined && { privateKeyFile: path.resolve(options.adminKey) }),
    hostKey: hostKey.key,
  };
  const facts = await check(admin, plan);
  pin(plan.pin, hostKey, options.name);
  await install(admin, plan, place, facts);
  const enrolled = bodyOf(plan, place, hostKey);
  const { number } = openTrail().append(enrolled);
  const tried = await tryAccount(plan, place, hostKey, options);
  return {
    ...{ target: place.target, host: plan.login.host, sshPort: plan.login.sshPort },
    ...{ user: plan.user, folder: plan.folder, fingerprint: hostKey.fingerprint, hostKeyFile: plan.pin },
    ...{ deployKey: hostKeyOf(plan.deployKey).fingerprint, keys: enrolled.keys, tried, entry: number },
    settings: settingsBlock({ ...plan.login, ...plan }, place),
  };
}

/** All that is decided before the site is asked. */
interface Plan {
  readonly login: Pick<Login, "name" | "host" | "sshPort" | "dialTimeoutSeconds">;
  readonly user: string;
  readonly folder: string;
  /** Path of the private key that will log in; an agent holds it without. */
  readonly privateKeyFile?: string;
  /** `TYPE BASE64` */
  readonly deployKey: string;
  readonly pin: string;
  readonly dockerHost?: string;
  readonly trusted: readonly { readonly keyId: string; readonly pem: string }[];
}

async function planOf(options: EnrollOptions, { enrolled, hostKeyFile }: SitePlace): Promise<Plan> {
  const { name } = options;
  if (options.update === true && enrolled === undefined) {
    throw new UserError(
      `${name} was not enrolled yet: there is nothing to update. Say where it is with --host, and leave --update out.`,
    );
  }
  const host = options.host ?? enrolled?.host;
  if (host === undefined) {
    throw new UsageError(`${name} was not enrolled yet. Say where it is with --host.`);
  }
  const dockerHost = options.dockerHost ?? enrolled?.dockerHost;
  return {
    login: {
      name,
      host: requireWord("host", "--host", host),
      sshPort: options.port ?? enrolled?.sshPort ?? 22,
      dialTimeoutSeconds: options.dialTimeoutSeconds ?? 5,
    },
    user: requireWord("account", "--user", options.user ?? enrolled?.user ?? "hms"),
    folder: requireWord("folder", "--folder", options.folder ?? enrolled?.folder ?? "/srv/hms"),
    ...(options.key !== undefined && { privateKeyFile: path.resolve(options.key) }),
    deployKey: await readDeployKey(options, name, enrolled?.deployKey),
    pin: path.resolve(projectFolder, options.pin ?? hostKeyFile),
    ...(dockerHost !== undefined && { dockerHost: requireWord("engine", "--docker-host", dockerHost) }),
    trusted: trustedOnes(),
  };
}

/** The keys whose releases the site will take: those that are trusted here, the one that signs among them. */
function trustedOnes(): Plan["trusted"] {
  const { keyId } = signer();
  const trusted = trustedFiles(trustedFolder());
  if (!trusted.some((each) => each.keyId === keyId)) {
    throw new UserError(
      `The signing key ${keyId.slice(0, 12)}… is not among those in ${trustedFolder()}. ${howToMakeKeys}`,
    );
  }
  return trusted.map((each) => ({
    keyId: each.keyId,
    pem: each.key.export({ type: "spki", format: "pem" }).toString(),
  }));
}

/** Asks the site what it has. */
async function check(admin: Login, { user, folder, dockerHost }: Plan): Promise<SiteFacts> {
  const asked = Date.now();
  const script = `${read("check.sh")}\n${quote(["check", folder, user, dockerHost ?? ""])}\n`;
  const facts = parseFacts(await asRoot(admin, script));
  // Somewhere between the question and the answer.
  const now = (asked + Date.now()) / 2000;
  const faults = faultsOf(facts, { name: admin.name, account: user, folder, dockerHost }, now);
  if (faults.length > 0) {
    throw new UserError(
      `${admin.name} can't be enrolled yet: nothing was changed there.\n${faults.join("\n")}`,
    );
  }
  return facts;
}

/** Puts everything in its place; the line that lets the account in comes last. */
async function install(admin: Login, plan: Plan, place: SitePlace, facts: SiteFacts): Promise<void> {
  const { user, folder, dockerHost = "", trusted } = plan;
  const { service, enrolled } = place;
  const gate = gateOf(folder, service);
  const keysFile = keysFileOf(facts.keys, user, folder) ?? "";
  const files = [...makeGate({ site: admin.name, folder, service, dockerHost }).files].map(([name, text]) => [
    `${path.posix.dirname(gate)}/${name}`,
    text,
  ]);
  const pems = trusted.map(({ keyId, pem }) => [`${folder}/.trusted/${keyId}.pem`, pem]);
  const old = (enrolled?.keys ?? []).filter((id) => !trusted.some(({ keyId }) => keyId === id));
  const commands = [
    ["make_account", user, folder, dockerHost],
    ["make_folders", user, folder, service],
    ...[...files, ...pems].map((file) => ["put", ...file]),
    ...(old.length > 0 ? [["drop", ...old.map((id) => `${folder}/.trusted/${id}.pem`)]] : []),
    ["try_gate", user, gate],
    ["let_in", keysFile, gate, authorizedKey(gate, plan.deployKey, `${service} of ${place.target}`)],
  ];
  await asRoot(admin, [read("enroll.sh"), ...commands.map(quote), ""].join("\n"));
}

function bodyOf(plan: Plan, { target, service }: SitePlace, hostKey: HostKey): Enrolled {
  return {
    type: "site-enrolled",
    target,
    service,
    host: plan.login.host,
    sshPort: plan.login.sshPort,
    user: plan.user,
    folder: plan.folder,
    hostKey: hostKey.key,
    fingerprint: hostKey.fingerprint,
    deployKey: plan.deployKey,
    keys: plan.trusted.map(({ keyId }) => keyId),
    gate: makeGate({ site: plan.login.name, folder: plan.folder, service }).digest,
    ...(plan.dockerHost !== undefined && { dockerHost: plan.dockerHost }),
  };
}

/** Logs in as the account does. False where its private key is nowhere to be found. */
async function tryAccount(
  plan: Plan,
  { service }: SitePlace,
  { key }: HostKey,
  { name, say }: EnrollOptions,
): Promise<boolean> {
  const { login, user, privateKeyFile } = plan;
  if (privateKeyFile === undefined && (process.env["SSH_AUTH_SOCK"] ?? "") === "") {
    say(`The login of ${user} was not tried: its private key was not named, and there is no SSH agent.`);
    return false;
  }
  const account = { ...login, user, privateKeyFile, hostKey: key };
  const let_in = await asAccount(account, "gate version");
  if (!let_in.stdout.startsWith(`gate of ${service}\n`)) {
    throw new UserError(
      `${name} is enrolled, but does not let ${user} in to its gate: ${lastLine(let_in.stderr) || "something else answers"}. Look for AllowUsers, DenyUsers and ForceCommand in its sshd_config, and for who may write to ${homeOf(plan.folder)} and above; then enroll it again.`,
    );
  }
  const kept_out = await asAccount(account, "id");
  if (kept_out.exitCode === 0 || !kept_out.stderr.includes("refused: ")) {
    throw new UserError(
      `${name} lets ${user} do more than its gate allows: "id" was not refused. Look for other lines with the same key in its AuthorizedKeysFile; then enroll it again.`,
    );
  }
  return true;
}

const read = (script: string): string => fs.readFileSync(path.join(__dirname, script), "utf8");
