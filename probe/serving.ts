/** What serves on a docker engine: the script that asks, and the reading of what it prints. */
import fs from "node:fs";
import path from "node:path";
import type { Receipt } from "../core/receipt";

/** The shell functions that ask; see the file. */
export function servingScript(): string {
  // Thin lines carry it, without what it tells its readers.
  return fs.readFileSync(path.join(__dirname, "serving.sh"), "utf8").replace(/^#.*\n/gm, "");
}

/** A receipt from the lines that `serving` prints. */
export function parseServing(printed: string): Receipt {
  const said = new Map(
    printed
      .split("\n")
      .map((line) => line.split(/=(.*)/s))
      .map(([name = "", value = ""]) => [name, value] as const),
  );
  const container = said.get("container");
  const image = said.get("image");
  if (container === undefined || image === undefined || said.get("running") !== "true") {
    return { kind: "nothing" };
  }
  return {
    kind: "runs",
    image,
    health: said.get("health") === "healthy" ? "healthy" : "unhealthy",
    // Docker prints nanoseconds.
    since: new Date(said.get("since") ?? 0).toISOString(),
    units: [container],
    ...(said.get("made")?.endsWith("/app") === true ? {} : { ours: false }),
  };
}
