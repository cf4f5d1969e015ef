/** How FTP's data connections are opened: the client connects, to the host that it speaks with already. */
import { enterPassiveModeIPv6, type FTPContext, FTPError, type FTPResponse } from "basic-ftp";
import { connectForPassiveTransfer } from "basic-ftp/dist/transfer";
import { Refused } from "../../core/errors";

/**
 * A strategy for one connection: EPSV, and from its first failure on PASV. A server behind NAT announces an address of its
 * own network, and one that means ill any other: so of either answer the port alone counts.
 */
export function passiveMode(): (ftp: FTPContext) => Promise<FTPResponse> {
  let isExtended = true;
  return async (ftp) => {
    if (isExtended) {
      try {
        return await enterPassiveModeIPv6(ftp);
      } catch (error) {
        if (ftp.closed) {
          throw error;
        }
        isExtended = false; // not known, answered wrongly, or stopped by a firewall that knows PASV alone
      }
    }
    const reply = await ftp.request("PASV");
    const host = ftp.socket.remoteAddress;
    const port = portOf(reply.message);
    if (host === undefined || port === undefined) {
      throw new Refused(`it answers PASV with ${JSON.stringify(reply.message)}, which names no port.`);
    }
    await connectForPassiveTransfer(host, port, ftp);
    return reply;
  };
}

/** The port in `227 Entering Passive Mode (192,168,1,100,10,229)`, with or without the brackets. */
export function portOf(reply: string): number | undefined {
  const [, high, low] = /(?<![\d,])\d{1,3}(?:,\d{1,3}){3},(\d{1,3}),(\d{1,3})(?![\d,])/.exec(reply) ?? [];
  const port = Number(high) * 256 + Number(low);
  return Number(high) < 256 && Number(low) < 256 && port > 0 ? port : undefined;
}

/** Whether the server said no to a command that it does not know, rather than to what was asked. */
export function isUnknownCommand(error: unknown): boolean {
  return error instanceof FTPError && [500, 501, 502, 503, 504].includes(error.code);
}
