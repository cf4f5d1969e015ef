/** Plans in files: signed when they are written, and trusted for nothing else when they are read. */
import fs from "node:fs";
import path from "node:path";
import { createHash } from "node:crypto";
import { isSignedBy, open, type Opened, seal } from "../core/dsse";
import { messageOf, UserError } from "../core/errors";
import { planIn, planStatement, type SavedPlan } from "../core/saved-plan";
import { directoryBlobs } from "./blobs";
import { signer, trustedFolder, trustedKeys } from "./keys";
import { trailFolder } from "./project";
import { writeWholeFile } from "./whole-file";

/** A plan that was read. */
export interface ReadPlan {
  readonly plan: SavedPlan;
  /** `sha256:…` of its file. */
  readonly digest: string;
  /** Keeps it beside the trail, for who reads there which plan was run. */
  keep(): void;
}

/** Who may read a plan: it names what runs where. */
const planMode = 0o600;

/**
 * Signs a plan, and writes it. Returns `sha256:…` of the file.
 *
 * @throws UserError when there is no key, or the file can't be written
 */
export function writePlan(file: string, plan: SavedPlan): string {
  const text = seal(JSON.stringify(planStatement(plan)), signer());
  try {
    writeWholeFile(path.resolve(file), text, { mode: planMode, durable: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `The plan can't be written to ${file} (${code ?? messageOf(error)}). Name a file in a folder that is there, and that you may write to.`,
    );
  }
  return digestOf(text);
}

/**
 * Reads a plan that is signed by the key that signs the trail.
 *
 * @throws UserError when it is none, was altered, or is signed by another
 */
export function readPlan(file: string): ReadPlan {
  let text: string;
  try {
    text = fs.readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      `${file} can't be read (${code ?? messageOf(error)}). Name a file that "npx hms pipeline plan --save FILE" wrote.`,
    );
  }
  const opened = orRefuse(file, () => open(text));
  requireOurs(file, opened);
  const plan = orRefuse(file, () => planIn(opened.payload));
  return {
    plan,
    digest: digestOf(text),
    keep: () => {
      directoryBlobs(trailFolder()).put(Buffer.from(text));
    },
  };
}

function requireOurs(file: string, opened: Opened): void {
  const { keyId } = opened;
  const key = trustedKeys().get(keyId);
  const short = `${keyId.slice(0, 12)}…`;
  const again = "Plan again here, or let who made it do so.";
  if (key === undefined) {
    throw new UserError(
      `${file} is signed by the key ${short}, which is not among those in ${trustedFolder()}. ${again}`,
    );
  }
  if (!isSignedBy(opened, key)) {
    throw new UserError(
      `${file} was altered after it was signed: the signature is not that of ${short}. ${again}`,
    );
  }
  if (keyId !== signer().keyId) {
    // Its public key stays trusted for what it signed of the trail.
    throw new UserError(`${file} is signed by the key ${short}, which signs the trail no more. ${again}`);
  }
}

function orRefuse<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new UserError(
      `${file} is no plan: it is ${messageOf(error)}. Name a file that "npx hms pipeline plan --save FILE" wrote.`,
    );
  }
}

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
