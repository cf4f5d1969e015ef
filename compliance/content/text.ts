/** What must not ship in one text: personal data and secrets. */
import type { Finding } from "../../core/report";
import { detectors } from "./detectors";
import { withoutOverlaps } from "./detectors/detector";
import { mask } from "./pii";
import { type Place, placesIn } from "./places";
import { decodeEntities } from "./readers/entities";
import { personalDataRules } from "./rules/personal-data";
import { type Ignored, type Message, runRules, sourceOf } from "./rules/run";
import { commentRules, secretRemedy, secretRuleName, secretRules } from "./rules/secrets";

/** A finding in a text, of a file that is to be named yet. */
export interface Found extends Omit<Finding, "file"> {
  /** Whether a comment in the text asks that it be ignored. The platform decides whether it is. */
  readonly ignored?: true;
}

const detectorOf = new Map(detectors.map((detector) => [detector.rule, detector]));

/** Longest sample, in characters. */
const longestSample = 60;

/** What a character's number is written with, in markup, JSON and addresses. */
const hasEntities = /&(?:#|[a-z]{2,6};)|\\u00|%40|%2[bB]/;

/**
 * What must not ship in a text.
 *
 * @param file its name: some secrets are only such in files of a certain name
 */
export async function findInText(written: string, file: string): Promise<Found[]> {
  const decoded = hasEntities.test(written) ? decodeEntities(written) : undefined;
  const text = decoded?.text ?? written;
  const source = sourceOf(file, text);
  const personal = await runRules(personalDataRules, source);
  const secret = await runRules(secretRules, source);
  if (personal.messages.length === 0 && secret.messages.length === 0) return [];
  const comments = text.includes("secretlint-disable") ? (await runRules(commentRules, source)).ignored : [];
  const secrets = withoutRepeats(secret.messages);
  // A password in an address looks like an e-mail address: what is told as a secret is not told twice.
  const told = overlaps();
  for (const one of secrets) told.add(one);
  const others = withoutOverlaps(personal.messages).filter((one) => !told.meet(one));
  const placeIn = placesIn(written);
  const placeOf = (offset: number): Place => placeIn(decoded?.placeOf(offset) ?? offset);
  return [...secrets.map(secretAs), ...others.map(personalAs)]
    .sort((a, b) => a.message.start - b.message.start)
    .map(({ message, finding }) => {
      const sample = finding.category === "secret" ? hidden : mask;
      return {
        ...placeOf(message.start),
        ...finding,
        sample: sample(text.slice(message.start, message.end).slice(0, longestSample)),
        ...(isIgnored(message, comments) && { ignored: true as const }),
      };
    });
}

type Kind = Pick<Finding, "rule" | "category" | "severity" | "remedy">;

const secretAs = (message: Message): { message: Message; finding: Kind } => ({
  message,
  finding: { rule: secretRuleName(message.rule), category: "secret", severity: "high", remedy: secretRemedy },
});

function personalAs(message: Message): { message: Message; finding: Kind } {
  const detector = detectorOf.get(message.rule);
  if (detector === undefined) throw new Error(`No detector is called ${message.rule}.`);
  const { rule, severity, remedy } = detector;
  return { message, finding: { rule, category: "pii", severity, remedy } };
}

/** Of a secret not even the signs between are told. */
const hidden = (value: string): string => "*".repeat(Math.min(8, value.length));

/** Two rules may report one secret; the first is enough. */
function withoutRepeats(messages: readonly Message[]): Message[] {
  const before = overlaps();
  return messages.filter((message) => {
    const isRepeat = before.meet(message);
    before.add(message);
    return !isRepeat;
  });
}

/** Stretches, kept by the cells that they touch: a text may hold them by the ten thousand. */
function overlaps(): { add(one: Message): void; meet(one: Message): boolean } {
  const cells = new Map<number, Message[]>();
  const touched = ({ start, end }: Message): number[] => {
    const first = Math.floor(start / cellSize);
    return Array.from({ length: Math.floor(end / cellSize) - first + 1 }, (_, place) => first + place);
  };
  return {
    add(one) {
      for (const cell of touched(one)) cells.set(cell, [...(cells.get(cell) ?? []), one]);
    },
    meet: (one) =>
      touched(one).some((cell) =>
        cells.get(cell)?.some((other) => other.start < one.end && one.start < other.end),
      ),
  };
}

/** In characters. */
const cellSize = 256;

const isIgnored = ({ rule, start, end }: Message, comments: readonly Ignored[]): boolean =>
  comments.some(
    (comment) =>
      (comment.rule === "*" || comment.rule === rule) && comment.start <= start && end <= comment.end,
  );
