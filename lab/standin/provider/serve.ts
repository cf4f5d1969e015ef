/** Runs a provider as a Pulumi plugin: a gRPC server on loopback whose port is the first line of the output. */
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { connectEngine } from "./engine";
import { implementation } from "./protocol";
import type { Provider } from "./provider";

const listen = (server: grpc.Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });

/**
 * Serves until the engine is gone.
 *
 * @param engineAddress where the engine takes messages. @default the plugin's first argument
 */
export async function serve(provider: Provider, engineAddress = process.argv[2]): Promise<void> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(ResourceProviderService, implementation(provider, connectEngine(engineAddress)));
  process.stdout.write(`${await listen(server)}\n`);
  // The engine holds the other end of our input, also when it is killed: without it nobody would ever stop us.
  process.stdin.on("end", () => process.exit(0)).resume();
}
