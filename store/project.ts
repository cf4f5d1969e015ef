/** Where things lie on the machine that runs Pulumi. */
import path from "node:path";

/** The project's folder: the one of `Pulumi.yaml`. */
export const projectFolder = path.resolve(__dirname, "..");

/** The project's own working folder. Trail, keys and heads lie in it unless a setting says otherwise; all else can be made again. */
export const workFolder = path.join(projectFolder, ".hms");

/** What scans of files found, so that a file that did not change is not read again. */
export const scanCacheFolder = path.join(workFolder, "scan-cache");

/** The run in whose name this process works: the pipeline says it to all that it starts. Plain Pulumi has none. */
export function currentRun(): { readonly run?: number } {
  const run = Number(process.env["HMS_RUN"]);
  return Number.isInteger(run) && run > 0 ? { run } : {};
}

/** Makes a run the one in whose name this process, and all that it starts, works. */
export function enterRun(run: number): void {
  process.env["HMS_RUN"] = String(run);
}

/** The folder of the trail. @default HMS_TRAIL, or `.hms/trail` in the project */
export function trailFolder(): string {
  return path.resolve(process.env["HMS_TRAIL"] ?? path.join(workFolder, "trail"));
}
