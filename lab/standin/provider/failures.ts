/** Errors as the provider protocol carries them. */
import * as grpc from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InitializationFailed, messageOf } from "./provider";
import { encodeAll } from "./values";

/** The part of an error that says: the resource exists, in this state, but is not ready. */
function initializationDetails({ live, message }: InitializationFailed): Buffer {
  const detail = new ErrorResourceInitFailed();
  detail.setId(live.id);
  detail.setProperties(Struct.fromJavaScript(encodeAll(live.outputs)));
  detail.setReasonsList([message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  return Buffer.from(status.serializeBinary());
}

/** An error of an operation, for the engine. */
export function serviceError(error: unknown): grpc.ServiceError {
  const metadata = new grpc.Metadata();
  if (error instanceof InitializationFailed) {
    metadata.add("grpc-status-details-bin", initializationDetails(error));
  }
  const details = messageOf(error);
  return Object.assign(new Error(details), { code: grpc.status.UNKNOWN, details, metadata });
}
