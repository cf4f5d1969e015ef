/** Who holds a stack's lock, as Pulumi says it when it can't have it. Pure. */

/** The holder of a lock of Pulumi's own backends. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
}

/**
 * The holders of the locks that Pulumi's message names; none when it is about something else.
 *
 *     error: the stack is currently locked by 1 lock(s). Either wait for …
 *       file:///…/locks/organization/hms/onprem/a1425206-….json: created by root@vm (pid 20326) at 2026-11-26T20:31:36Z
 */
export function lockHolders(message: string): LockHolder[] {
  if (!message.includes("the stack is currently locked by")) {
    return [];
  }
  const found = message.matchAll(/: created by [^@\s]+@(\S+) \(pid (\d+)\)/g);
  return [...found].map(([, host = "", pid]) => ({ host, pid: Number(pid) }));
}
