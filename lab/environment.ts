/** The environment in which this project's programs find the lab, and Pulumi its stacks. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { signingKeys } from "./keys";
import { inLab, kubeconfig, receiver } from "./layout";
import { environment } from "./toolchain/environment";

/** The stacks that the committed files describe. */
export const stacks = ["build", "cloud", "cloud-docker", "onprem", "partners"] as const;

/** The stacks that a run ships to when the lab has a cluster. Without one, the settings of `build` say it. */
const stacksWithCluster = "cloud,cloud-docker,onprem,partners";

const project = path.join(__dirname, "..");
const passphraseFile = inLab("secrets", "passphrase");

/** What the requests to the lab's subscriber are signed with: another one for each lab. */
export const webhookSecretFile = inLab("secrets", "dashboard.password");

/** The token by which the lab's Grafana, which is its receiver, would know us. */
export const grafanaTokenFile = inLab("secrets", "grafana.password");

/** The address of the auditors' channel, which is the receiver, too. */
export const auditorsUrlFile = inLab("secrets", "auditors.password");

/** Fixed, as the committed stack files belong to it. It guards nothing but the lab's own secrets. */
const passphrase = "hms-lab";

/** The file with the lab's environment, for a shell or a Git hook to read. */
export const environmentFile = inLab("env");

/**
 * The lab's part of the environment.
 * @param cluster - whether the lab has one
 */
export const labVariables = (cluster: boolean): Record<string, string> => ({
  PULUMI_BACKEND_URL: `file://${inLab("state")}`,
  PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile,
  HMS_TRAIL: inLab("trail"),
  HMS_KEYS: signingKeys,
  HMS_HEADS: inLab("heads"),
  METRIC_URL: receiver,
  ...(cluster && { HMS_STACKS: stacksWithCluster }),
});

/** The whole environment: how the toolchain is found, and the lab. It needs no running lab. */
export const labEnvironment = async (): Promise<Record<string, string>> => ({
  ...(await environment()),
  ...labVariables(existsSync(kubeconfig)),
});

/** Lines of a POSIX shell that set an environment. */
export const exportLines = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");

/**
 * Writes the lab's environment to its file, and what it refers to.
 * @param cluster - whether the lab has one
 */
export async function writeEnvironment(cluster: boolean): Promise<void> {
  for (const folder of ["state", "trail", "secrets"]) {
    mkdirSync(inLab(folder), { recursive: true, mode: folder === "secrets" ? 0o700 : 0o755 });
  }
  put(passphraseFile, `${passphrase}\n`);
  const random = (): string => randomBytes(24).toString("base64url");
  putOnce(webhookSecretFile, () => `whsec_${randomBytes(32).toString("base64")}\n`);
  putOnce(grafanaTokenFile, () => `glsa_${random()}\n`);
  putOnce(auditorsUrlFile, () => `${receiver}/services/${random()}\n`);
  put(environmentFile, exportLines({ ...(await environment()), ...labVariables(cluster) }));
}

/** Writes a file unless it is there; see {@link put}. */
function putOnce(file: string, text: () => string): void {
  if (!existsSync(file)) put(file, text());
}

/** Writes a file for its owner alone; nobody ever reads half of it. */
function put(file: string, text: string): void {
  writeFileSync(`${file}.part`, text, { mode: 0o600 });
  renameSync(`${file}.part`, file);
}

/** Whether a stack is in the lab's backend; to ask Pulumi takes half a second each time. */
const hasStack = (name: string): boolean =>
  existsSync(inLab("state", ".pulumi", "stacks", "hms", `${name}.json`));

/**
 * Makes a stack in the lab's backend, unless it is there. The environment must be written.
 * @returns whether it had to be made
 */
export async function makeStack(name: string): Promise<boolean> {
  if (hasStack(name)) return false;
  const argv = ["stack", "init", name, "--no-select", "--non-interactive"];
  const env = await labEnvironment();
  const { failed, all } = await execa("pulumi", argv, { cwd: project, env, all: true, reject: false });
  if (failed) throw new Error(`The stack ${name} can't be made: ${all}`);
  return true;
}
