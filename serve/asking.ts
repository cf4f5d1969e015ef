/** Asks all targets, for all who look: now and then, and only while somebody does. */
import type { Answers } from "../core/board";
import { messageOf } from "../core/errors";
import type { Status } from "../pipeline/status";
import type { Asking } from "./views/facts";

/** What asks every target. */
export type Ask = () => Promise<Pick<Status, "service" | "time" | "targets">>;

/** The questions, and the answers to the last of them. */
export interface Asker {
  readonly state: Asking;
  /** What was answered last. @default nobody was asked yet */
  readonly answers?: Answers & { readonly service: string };
  /** Somebody looks: asks, if it is time. What comes of it is told. */
  look(): void;
}

/**
 * Makes what asks.
 *
 * @param everySeconds how long answers are good for
 * @param changed told when a question begins, and when it ends
 */
export function makeAsker(ask: Ask, everySeconds: number, changed: () => void): Asker {
  let answers: Asker["answers"];
  let isOn = false;
  let why: string | undefined;
  let due = 0;

  async function question(): Promise<void> {
    isOn = true;
    changed();
    try {
      const { service, time, targets } = await ask();
      answers = { service, time, targets };
      why = undefined;
    } catch (error) {
      const said = messageOf(error).trim();
      why = /[.!?]$/.test(said) ? said : `${said}.`;
    }
    isOn = false;
    due = Date.now() + everySeconds * 1000;
    changed();
  }

  return {
    get state() {
      const time = answers?.time;
      return { isOn, everySeconds, ...(time !== undefined && { time }), ...(why !== undefined && { why }) };
    },
    get answers() {
      return answers;
    },
    look: () => {
      if (!isOn && Date.now() >= due) void question();
    },
  };
}
