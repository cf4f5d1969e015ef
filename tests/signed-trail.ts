/** A trail of a test's own, with a key of its own. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createKey } from "../store/keys";

/** Makes an empty trail and a key, and points the environment to them. Returns the trail's folder. */
export function freshTrail(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-trail-"));
  process.env["HMS_TRAIL"] = path.join(folder, "trail");
  process.env["HMS_KEYS"] = path.join(folder, "keys");
  process.env["HMS_HEADS"] = path.join(folder, "heads");
  createKey();
  return path.join(folder, "trail");
}
