/** Somebody who is told: an HTTP server on this machine that notes what it gets. */
import http from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came. */
export interface Got {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** How it answers: a status, `hang` for never, or what the request decides. */
export type Answer = number | "hang" | ((got: Got) => number | "hang");

/** A receiver that listens. */
export class Receiver {
  readonly got: Got[] = [];
  answer: Answer = 204;
  headers: Record<string, string> = {};
  /** What it says with its status. */
  say: (got: Got) => string = () => "some text";
  private readonly server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const got = {
        path: request.url ?? "",
        headers: request.headers as Record<string, string>,
        body,
      };
      this.got.push(got);
      const status = typeof this.answer === "function" ? this.answer(got) : this.answer;
      if (status !== "hang") response.writeHead(status, this.headers).end(this.say(got));
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** What came, in the order in which it came: the id of each, or the text. */
  get ids(): string[] {
    return this.got.map(({ headers, body }) => headers["webhook-id"] ?? body);
  }
}
