/** The step that asks the agency's governance service, which has the last word. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { ComplianceSettings, Reference } from "../../core/config";
import { messageOf, UserError } from "../../core/errors";
import type { Finding, Objection } from "../../core/report";
import { projectFolder } from "../../store/project";
import type { Context, StepResult } from "./step";
import { oneLine } from "./told";

type Governance = NonNullable<ComplianceSettings["governance"]>;

/** What is asked about; its field names are stable. */
export interface Question {
  /** Full commit hash. */
  readonly commit: string;
  readonly service: string;
  /** What changed since the last release; all files, when there is none. */
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  /** What the agency's own checks object to. */
  readonly objections: readonly Objection[];
}

const verdict = z.discriminatedUnion("verdict", [
  z.object({ verdict: z.literal("approved") }),
  z.object({ verdict: z.literal("refused"), reason: z.string().regex(/\S/) }),
]);

const allowed = '{"verdict": "approved"} or {"verdict": "refused", "reason": "..."}';

/** How much of an answer is read, in bytes. */
const longestAnswer = 64 * 1024;

/**
 * Passes when the service approves. Its refusal, its silence and its nonsense are each a reason not to ship.
 *
 * @param soFar what the other steps found
 */
export async function askGovernance(
  governance: Governance,
  { commit, name, changedFiles }: Pick<Context, "commit" | "name" | "changedFiles">,
  soFar: Pick<Question, "findings" | "objections">,
): Promise<StepResult> {
  const question: Question = { commit, service: name, files: await changedFiles(), ...soFar };
  const answer = await post(governance, question);
  if ("fault" in answer) return { passed: false, summary: answer.fault };
  const said = parse(answer.text);
  if (answer.status !== 200 || said === undefined) {
    const text = oneLine(answer.text.slice(0, 200));
    return {
      passed: false,
      summary: `${where(governance)} answered HTTP ${answer.status} "${text}", which is no verdict; allowed: ${allowed}`,
    };
  }
  return said.verdict === "approved"
    ? { passed: true, summary: "approved" }
    : { passed: false, summary: `${where(governance)} refused: ${oneLine(said.reason)}` };
}

/** The service's address, without what a URL may hold of passwords. */
const where = ({ url }: Governance): string => new URL(url).origin + new URL(url).pathname;

async function post(
  governance: Governance,
  question: Question,
): Promise<{ readonly status: number; readonly text: string } | { readonly fault: string }> {
  const { url, timeoutSeconds, token } = governance;
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    ...(token !== undefined && { authorization: `Bearer ${readReference(token)}` }),
  };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(question),
      // Whoever it sends us on to is not the service that the platform named, and would get the token.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    return { status: response.status, text: await textOf(response) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return {
        fault: `${where(governance)} did not answer within ${timeoutSeconds} s. Ask who runs it, then run the suite again.`,
      };
    }
    const cause = messageOf((error as Error).cause ?? error);
    return {
      fault: `${where(governance)} can't be reached (${oneLine(cause)}). Ask who runs it, then run the suite again.`,
    };
  }
}

/** No more of it than a verdict can need: what is cut is nonsense, and is told as such. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestAnswer) break;
  }
  return Buffer.concat(chunks).subarray(0, longestAnswer).toString("utf8");
}

function parse(text: string): z.infer<typeof verdict> | undefined {
  try {
    return verdict.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readReference(reference: Reference): string {
  const key = "hms:compliance.governance.token";
  if ("env" in reference) {
    const value = process.env[reference.env];
    if (!value) throw new UserError(`${reference.env} is not set. Set it, or change ${key}.`);
    return value;
  }
  try {
    return fs.readFileSync(path.resolve(projectFolder, reference.file), "utf8").trim();
  } catch {
    throw new UserError(`${reference.file} can't be read. Put the token there, or change ${key}.`);
  }
}
