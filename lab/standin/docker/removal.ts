/** Removes what containers may still be using. */
import { setTimeout as pause } from "node:timers/promises";
import { bridged, messageOf } from "../provider/provider";
import type { Engine } from "./api";

/** How often, and after how many milliseconds, it is tried again. */
const attempts = 30;
const wait = 1000;

async function attempt(engine: Engine, path: string, busy: string, left: number): Promise<void> {
  try {
    await engine.ask("DELETE", path, { query: { force: "1" } });
  } catch (error) {
    if (!messageOf(error).includes(busy) || left === 1) throw error;
    await pause(wait);
    await attempt(engine, path, busy, left - 1);
  }
}

/**
 * Removes something, and waits until nobody uses it any more. What is gone already is no error.
 *
 * @param busy what the engine says while it is in use
 */
export async function remove(engine: Engine, path: string, busy: string): Promise<void> {
  if (!(await engine.find(path))) return;
  try {
    await attempt(engine, path, busy, attempts);
  } catch (error) {
    throw new Error(bridged(messageOf(error)));
  }
}
