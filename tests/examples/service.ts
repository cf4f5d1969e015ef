/** Runs the flood formula as its image does: only the files that the Dockerfile copies, in a folder of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** A service that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly port: number;
  /** Its standard output so far. */
  readonly output: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** A new folder with what the image holds. */
export function imageOf(workingCopy: string): string {
  const image = fs.mkdtempSync(path.join(os.tmpdir(), "hms-image-"));
  const dockerfile = fs.readFileSync(path.join(workingCopy, "Dockerfile"), "utf8");
  for (const [, words = ""] of dockerfile.matchAll(/^COPY (.*)$/gm)) {
    const sources = words.split(" ");
    const destination = sources.pop() ?? "";
    for (const source of sources) {
      const target = destination.endsWith("/") ? path.join(destination, source) : destination;
      fs.cpSync(path.join(workingCopy, source), path.join(image, target), { recursive: true });
    }
  }
  return image;
}

/** Starts the service on a loopback port of its own; it has ended if the port is 0. */
export async function start(image: string): Promise<Running> {
  const child = spawn(process.execPath, ["server.js"], {
    cwd: image,
    env: { HOST: "127.0.0.1", PORT: "0", RELEASE: "8e9a12c", STOP_SECONDS: "4" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  const ended = once(child, "exit").then(([code]) => code as number | null);
  await Promise.race([once(child.stdout, "data"), ended]);
  return { process: child, port: Number(/port (\d+)/.exec(output)?.[1] ?? 0), output: () => output, ended };
}

/** The exit code of the image's own health check. */
export async function healthCheck(image: string, port: number): Promise<number> {
  const env = { HOST: "127.0.0.1", PORT: String(port) };
  const child = spawn(process.execPath, ["healthcheck.js"], { cwd: image, env, stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number];
  return code;
}

/** What it answers to a GET. */
export async function ask(port: number, question: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${port}${question}`);
  return { status: response.status, body: await response.json() };
}
