/** The pushes that wait for their run: a folder beside the trail's entries, a file each. What is in it is on the disk. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Request } from "../core/queue";
import { trailFolder } from "./project";
import { forget, keep, readItem, setAside, waiting } from "./spool";

/** Where they wait. */
export const queueFolder = (): string => path.join(trailFolder(), "queue");

/** Keeps a push; it is on the disk when this returns. */
export function enqueue(request: Omit<Request, "id" | "at">, folder = queueFolder()): Request {
  const id = randomUUID();
  keep(folder, id, request);
  return { ...request, id, at: new Date().toISOString() };
}

/** What waits, oldest first. A file that is none is set aside. */
export function requests(folder = queueFolder()): Request[] {
  return waiting(folder).flatMap((name) => {
    const item = readItem(folder, name);
    if (typeof item === "string") {
      // Another process may just have taken it.
      if (waiting(folder).includes(name)) {
        setAside(folder, name, "unreadable");
      }
      return [];
    }
    return [{ ...(item.content as Omit<Request, "id" | "at">), id: item.id, at: item.keptAt }];
  });
}

/** Forgets what was answered. */
export function settle(ids: readonly string[], folder = queueFolder()): void {
  const answered = new Set(ids);
  for (const name of waiting(folder)) {
    const item = readItem(folder, name);
    if (typeof item !== "string" && answered.has(item.id)) {
      forget(folder, name);
    }
  }
}
