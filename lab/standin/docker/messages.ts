/** What the engine tells while it builds, pulls and pushes: one JSON object after the other. */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** One message. */
export interface Message {
  readonly status?: string;
  readonly id?: string;
  readonly progress?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message: string };
  /** What was made: a build's image id, a push's digest; a text is BuildKit's account of a build. */
  readonly aux?: string | { readonly ID?: string; readonly Digest?: string };
}

/** The messages of an answer, as they come. */
export async function* messages(answer: Readable): AsyncGenerator<Message> {
  for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) {
    if (line.trim() !== "") yield JSON.parse(line) as Message;
  }
}

/**
 * What to show of a message.
 *
 * @throws if the message is an error, in the official plugin's words
 */
export function lineOf(message: Message): string {
  const error = message.errorDetail?.message ?? message.error;
  if (error !== undefined) {
    if (message.errorDetail?.code === 401) throw new Error("authentication is required");
    throw new Error(error);
  }
  const { id, status = "", progress, stream, aux } = message;
  const said = stream ?? [status, progress].filter(Boolean).join(" ");
  const named = id === undefined || stream !== undefined ? said : `${id}: ${said}`;
  return (typeof aux === "object" ? (aux.ID ?? named) : named).trim();
}
