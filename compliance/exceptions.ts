/** Findings that the platform lets pass for a while: by rule and path, with a reason and somebody who answers for it. */
import fs from "node:fs";
import path from "node:path";
import { LineCounter, isMap, isSeq, parseDocument } from "yaml";
import { z } from "zod";
import { settings, text } from "../core/config/common";
import { messageOf, UserError } from "../core/errors";
import type { Excepted, Finding } from "../core/report";
import { validate } from "../core/validate";
import { hasIgnoreComment } from "./ignore-comments";

/** One exception. */
export interface Exception {
  readonly rule: string;
  /** Path in the commit, or a pattern such as `docs/**`. */
  readonly path: string;
  readonly reason: string;
  readonly owner: string;
  /** The last day that it holds, UTC, e.g. `2027-03-31`. */
  readonly expires: string;
  /** Whether it holds only where the service's code has an ignore comment. @default false */
  readonly comments: boolean;
  /** Where it stands in its file, from 1. */
  readonly line: number;
}

/** The exceptions of the platform. */
export interface Exceptions {
  /** The file they stand in, as the settings name it. */
  readonly file: string;
  readonly all: readonly Exception[];
}

/** No exceptions: where the platform names no file. */
export const noExceptions: Exceptions = { file: "", all: [] };

const day = "a day such as 2027-03-31";

const schema = z.array(
  settings({
    rule: text("a rule's name, e.g. us-ssn"),
    path: text("a path or a pattern in the service's repository, e.g. docs/**"),
    reason: text("why this may ship").regex(/\S/, { error: "why this may ship" }),
    owner: text("who answers for it").regex(/\S/, { error: "who answers for it" }),
    expires: z.iso.date({ error: day }),
    comments: z.boolean({ error: "true or false" }).default(false),
  }),
  { error: "a list of exceptions: rule, path, reason, owner, expires" },
);

/**
 * What a file of exceptions says.
 *
 * @param content the file
 * @param file its name, for errors
 * @throws UserError with a line per fault, e.g. `exceptions.yml: [0].owner: missing; allowed: who answers for it`
 */
export function parseExceptions(content: string, file: string): Exceptions {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, schema: "core" });
  const [fault] = document.errors;
  if (fault !== undefined) {
    throw new UserError(`${file}: line ${lines.linePos(fault.pos[0]).line}: ${fault.message}`);
  }
  const list = validate(schema, document.contents === null ? [] : document.toJS(), { file });
  const items = isSeq(document.contents) ? document.contents.items : [];
  const lineOf = (index: number): number => {
    const item = items[index];
    return isMap(item) ? lines.linePos(item.range[0]).line : 1;
  };
  return { file, all: list.map((exception, index) => ({ ...exception, line: lineOf(index) })) };
}

/**
 * The exceptions that lie in a file.
 *
 * @param file as the settings name it
 * @param base the folder that it is relative to
 * @throws UserError when it can't be read, or is wrong
 */
export function readExceptions(file: string | undefined, base: string): Exceptions {
  if (file === undefined) return noExceptions;
  let content: string;
  try {
    content = fs.readFileSync(path.resolve(base, file), "utf8");
  } catch (error) {
    throw new UserError(
      `The exceptions ${file} can't be read (${messageOf(error).replace(/,.*/s, "")}). Put the file there, or change hms:compliance.exceptions.`,
    );
  }
  return parseExceptions(content, file);
}

/** Today, UTC, e.g. `2027-03-31`. */
export const today = (): string => new Date().toISOString().slice(0, 10);

/** Whether it is not over. */
export const holds = ({ expires }: Exception, day: string): boolean => expires >= day;

/** Whether a pattern is about a path. */
export const matches = (place: string, pattern: string): boolean => path.matchesGlob(place, pattern);

/** Whether an exception is about a finding; a member of an archive goes by the archive's path, too. */
function covers({ rule, path: pattern }: Exception, finding: Finding): boolean {
  const [outer = "", ...inner] = finding.file.split("!");
  const places = inner.length > 0 ? [finding.file, outer] : [finding.file];
  return rule === finding.rule && places.some((place) => matches(place, pattern));
}

/** Findings, divided. */
export interface Divided {
  /** Those that count. */
  readonly findings: readonly Finding[];
  /** Those that don't. */
  readonly excepted: readonly Excepted[];
}

/**
 * Takes the findings out that exceptions let pass.
 *
 * @param folder where the files lie, for ignore comments
 * @param day the day that it is
 */
export function applyExceptions(
  found: readonly Finding[],
  { all }: Exceptions,
  folder: string,
  day = today(),
): Divided {
  const findings: Finding[] = [];
  const excepted: Excepted[] = [];
  for (const finding of found) {
    const exception = all.find(
      (one) =>
        holds(one, day) && covers(one, finding) && (!one.comments || hasIgnoreComment(folder, finding)),
    );
    if (exception === undefined) {
      findings.push(finding);
    } else {
      const { reason, owner, expires } = exception;
      excepted.push({ file: finding.file, line: finding.line, rule: finding.rule, reason, owner, expires });
    }
  }
  return { findings, excepted };
}

/**
 * An exception that is over is a finding of its own, in the exceptions' file.
 *
 * @param isBannedApi whether a rule is one on banned APIs
 */
export function expiredExceptions(
  { file, all }: Exceptions,
  isBannedApi: (rule: string) => boolean,
  day = today(),
): Finding[] {
  return all
    .filter((exception) => !holds(exception, day))
    .map(({ rule, path: pattern, owner, expires, line }) => ({
      file,
      line,
      column: 1,
      rule: "exception-expired",
      category: isBannedApi(rule) ? "banned-api" : isSecret(rule) ? "secret" : "pii",
      severity: "medium",
      sample: `${rule} in ${pattern}`,
      remedy: `It ended on ${expires}. Remove it, or have ${owner} decide again.`,
    }));
}

/** Rules on secrets are called so: `secret-privatekey`. */
const isSecret = (rule: string): boolean => rule.startsWith("secret-");
