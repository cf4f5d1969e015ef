/** Mends a stack whose engine was killed: its lock, and what it has for pending (design D15). */
import { execa } from "execa";
import type { Stack } from "@pulumi/pulumi/automation";
import type { StackSettings } from "../core/config";
import { engineEnvironment } from "../core/docker-engine";
import { messageOf } from "../core/errors";
import { type Deployment, removalsOf, settled } from "../core/half-made";
import { lockHolders } from "../core/stack-lock";
import { isOver } from "../store/remains";

/** The part of an open stack that is needed. */
interface Killed {
  readonly stack: Promise<Pick<Stack, "cancel" | "exportStack" | "importStack">>;
  readonly settings: StackSettings;
}

/**
 * Takes a dead engine's lock from a stack, and its pending operations. What it had created and not noted is removed, where it
 * would be in the next one's way. Nobody else may be at work on the stack.
 */
export async function mendStack({ stack: opening, settings }: Killed): Promise<void> {
  const stack = await opening;
  await stack.cancel().catch(() => undefined); // there may be no lock
  const state = await stack.exportStack();
  const deployment = (state.deployment ?? {}) as Deployment;
  if ((deployment.pending_operations ?? []).length === 0) {
    return;
  }
  const hosts = settings.role === "cloud" ? settings.dockerHosts : [];
  for (const { name, host } of hosts) {
    for (const [program = "", ...args] of removalsOf(deployment, name)) {
      // It may never have come so far; and where the host does not answer, the update will say so.
      await execa(program, args, {
        reject: false,
        timeout: 30_000,
        env: engineEnvironment(host),
      });
    }
  }
  await stack.importStack({ ...state, deployment: settled(deployment) });
}

/** Does something to a stack; if it is locked by engines of this machine that are over, mends it and does it then. */
export async function pastDeadLocks<T>(open: Killed, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const holders = lockHolders(messageOf(error));
    if (holders.length === 0 || !holders.every(isOver)) {
      throw error;
    }
    await mendStack(open);
    return await action();
  }
}
