/** The lab's image registry, on loopback. */
import { mkdirSync, writeFileSync } from "node:fs";
import { type Daemon, type DaemonFiles, start, stop } from "./daemon";
import { inLab, registry } from "./layout";

const files: DaemonFiles = { name: "registry", folder: inLab("registry") };
const settingsFile = inLab("registry", "config.yml");

/** Its settings. JSON is YAML. */
const settings = {
  version: 0.1,
  log: { level: "warn" },
  storage: { filesystem: { rootdirectory: inLab("registry", "data") }, delete: { enabled: true } },
  http: { addr: registry },
} as const;

const daemon: Daemon = {
  ...files,
  command: ["docker-registry", "serve", settingsFile],
  // It would send its traces out otherwise.
  env: { OTEL_TRACES_EXPORTER: "none" },
  settings: JSON.stringify(settings),
  address: registry,
  ready: () => registryServes(),
};

/** Starts the registry; one that serves is left alone. Says whether it had to be started. */
export async function startRegistry(): Promise<boolean> {
  mkdirSync(files.folder, { recursive: true });
  writeFileSync(settingsFile, JSON.stringify(settings, undefined, 2));
  return await start(daemon);
}

/** Stops the registry. */
export const stopRegistry = (graceSeconds?: number): Promise<void> => stop(files, graceSeconds);

/** Whether the registry answers. */
export const registryServes = async (): Promise<boolean> =>
  (await fetch(`http://${registry}/v2/`, { signal: AbortSignal.timeout(2000) })).ok;
