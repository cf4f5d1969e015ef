/** The first step of every connection, with a hard limit: no answer is not the same as a no. */
import net from "node:net";
import { messageOf, Unreachable } from "../../core/errors";

/**
 * Opens a TCP connection.
 *
 * @throws Unreachable when it is refused, has no route, or does not come about in time
 */
export function dial(host: string, port: number, timeoutSeconds: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({
      host,
      port,
      // SFTP is many small requests: held back to fill packets, they make 1 MB/s on any line.
      noDelay: true,
      // Node gives each of several addresses 250 ms, which a thin line does not make.
      autoSelectFamilyAttemptTimeout: timeoutSeconds * 500,
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${timeoutSeconds} s`));
    }, timeoutSeconds * 1000);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(new Unreachable(sentence(error)));
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
  });
}

/** A host with several addresses gives one error for each, and an empty message of its own. */
function sentence(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join("; ") : error.message;
}

/**
 * Waits for a step that has no limit of its own.
 *
 * @param giveUp ends what the step waits for
 * @throws Unreachable when time is up
 */
export async function within<T>(timeoutSeconds: number, step: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Unreachable(`connected, but silent for ${timeoutSeconds} s`));
      giveUp();
    }, timeoutSeconds * 1000);
  });
  try {
    return await Promise.race([step, limit]);
  } finally {
    clearTimeout(timer);
  }
}
