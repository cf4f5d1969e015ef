/** How what went wrong with a partner is said to Pulumi. */
import { messageOf, Refused, Unreachable } from "../../core/errors";

/** Pulumi keeps an error's message alone: its first word says whether the partner could not be reached, or said no. */
export async function said<T>(answer: Promise<T>, remedy = ""): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const word = error instanceof Unreachable ? "unreachable: " : error instanceof Refused ? "refused: " : "";
    const sentence = new Error(`${word}${messageOf(error)}${remedy}`, { cause: error });
    // Pulumi prints both for what read and delete throw; neither helps a user.
    return Promise.reject(Object.assign(sentence, word === "" ? {} : { name: "", stack: "" }));
  }
}
