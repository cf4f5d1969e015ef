/** Messages to the engine that started the plugin. */
import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "./provider";

/** Takes messages one after the other, so that they are shown in order. */
export interface Engine {
  /** Shows a message at a resource, or at the stack when the resource's name (URN) is empty. */
  log(urn: string, severity: Severity, message: string, passing: boolean): void;
  /** When all messages so far are with the engine. */
  settled(): Promise<void>;
}

const severities: Record<Severity, LogSeverity> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

function message(urn: string, severity: Severity, content: string, passing: boolean): LogRequest {
  const request = new LogRequest();
  request.setUrn(urn);
  request.setSeverity(severities[severity]);
  request.setMessage(content);
  request.setEphemeral(passing);
  return request;
}

/** Connects at the first message. Without an address, messages go nowhere. */
export function connectEngine(address: string | undefined): Engine {
  let client: EngineClient | undefined;
  let sent = Promise.resolve();
  const send = (to: EngineClient, request: LogRequest) =>
    // An engine that is gone can't be told so.
    new Promise<void>((resolve) =>
      to.log(request, () => {
        resolve();
      }),
    );
  return {
    log(urn, severity, content, passing) {
      if (address === undefined) return;
      const to = (client ??= new EngineClient(address, grpc.credentials.createInsecure()));
      sent = sent.then(() => send(to, message(urn, severity, content, passing)));
    },
    settled: () => sent,
  };
}
