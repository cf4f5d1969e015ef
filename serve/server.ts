/** A server that listens at one address, until it is told to end. */
import fastify, { type FastifyInstance } from "fastify";
import { UserError } from "../core/errors";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Where the guard listens unless told otherwise. */
export const defaultGuardAddress: Address = { host: "127.0.0.1", port: 4180 };

/**
 * A server without routes. What goes wrong inside is not told to whoever asks.
 *
 * @param say told in one sentence what went wrong
 * @param trustProxy whose `X-Forwarded-*` headers are believed @default nobody's
 */
export function makeServer(
  say: (line: string) => void,
  { trustProxy = false }: { readonly trustProxy?: "loopback" | false } = {},
): FastifyInstance {
  // A proxy asks over connections that it keeps; the limit of a body is small, since nobody has to send one.
  const server = fastify({
    bodyLimit: 16_384,
    keepAliveTimeout: 75_000,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    trustProxy,
    routerOptions: { maxParamLength: 2_000 },
  });
  // Whatever a request's body is of, it is read only where a route wants it.
  server.addContentTypeParser("*", (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  server.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const code = error.statusCode ?? 500;
    if (code >= 500) say(`${request.method} ${request.routeOptions.url ?? "?"} failed: ${error.message}`);
    return reply.code(code).send({ error: code >= 500 ? "Something went wrong inside." : error.message });
  });
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "There is nothing here." }));
  return server;
}

/**
 * Listens, and returns the URL.
 *
 * @throws UserError when the address is taken, or not this machine's
 */
export async function listen(server: FastifyInstance, { host, port }: Address): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why: Record<string, string> = {
      EADDRINUSE: "another program has it",
      EACCES: "only root may take it",
      EADDRNOTAVAIL: "this machine has no such address",
      ENOTFOUND: "there is no such host",
    };
    if (why[code] === undefined) throw error;
    throw new UserError(
      `${host}:${String(port)} can't be listened at: ${why[code]}. Choose another with --listen.`,
    );
  }
}

/** Waits until the process is told to end, by Ctrl-C or a service manager; told once more, it ends at once. */
export function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // It stays: libraries that clean up at a signal end the process when nobody else listens.
      process.on(signal, () => {
        if (isTold) process.exit(1);
        isTold = true;
        resolve();
      });
    }
  });
}
