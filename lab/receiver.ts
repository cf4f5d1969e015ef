/** Where annotations and events of the lab go: an HTTP server that takes everything and keeps it. */
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Daemon, type DaemonFiles, start } from "./daemon";
import { inLab, receiver } from "./layout";

const files: DaemonFiles = { name: "receiver", folder: inLab("receiver") };
const program = path.join(__dirname, "receiver-server.ts");
const project = path.join(__dirname, "..");

const daemon: Daemon = {
  ...files,
  command: [
    process.execPath,
    ...["-r", path.join(project, "register.js")],
    ...[program, new URL(receiver).port, inLab("receiver", "requests")],
  ],
  // A server of another version of this file would answer otherwise.
  settings: readFileSync(program, "utf8"),
  address: new URL(receiver).host,
  ready: () => receiverServes(),
};

/** Starts the receiver; one that serves is left alone. Says whether it had to be started. */
export async function startReceiver(): Promise<boolean> {
  mkdirSync(files.folder, { recursive: true });
  return await start(daemon);
}

/** Whether the receiver answers. */
export const receiverServes = async (): Promise<boolean> =>
  (await fetch(`${receiver}/requests`, { signal: AbortSignal.timeout(2000) })).ok;
