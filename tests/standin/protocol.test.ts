import { describe, expect, test } from "@jest/globals";
import type { sendUnaryData, ServiceError, UntypedServiceImplementation } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Engine } from "../../lab/standin/provider/engine";
import { implementation } from "../../lab/standin/provider/protocol";
import { InitializationFailed, type Provider, type Resource } from "../../lab/standin/provider/provider";
import { encodeAll, Secret, unknown, type Values } from "../../lab/standin/provider/values";

const urn = "urn:pulumi:dev::p::docker:index/thing:Thing::t";

const thing: Resource = {
  check: ({ inputs }) => ({ inputs, failures: [{ property: "a", reason: "No." }] }),
  diff: () => ({
    changes: [
      { path: "a.b", kind: "update", replaces: true },
      { path: "a.c", kind: "add", replaces: false },
      { path: "d", kind: "delete", replaces: false },
    ],
    deleteBeforeReplace: true,
  }),
  create: ({ name, inputs, preview }) => {
    if (inputs["fail"] === "half")
      throw new InitializationFailed({ id: "half", outputs: { a: 1 } }, "Not ready.");
    if (inputs["fail"] === "whole") throw new Error("Not at all.");
    return { id: preview ? "" : name, outputs: { ...inputs, made: preview ? unknown : new Secret("s") } };
  },
  update: ({ inputs }) => inputs,
  read: () => ({ id: "", outputs: {} }),
  delete: () => undefined,
};

const provider: Provider = {
  name: "docker",
  version: "1.2.3",
  acceptsSecrets: true,
  resources: { "docker:index/thing:Thing": thing },
};

const silent: Engine = { log: () => undefined, settled: () => Promise.resolve() };
const service = implementation(provider, silent);

type Handler = (call: { request?: unknown }, callback: sendUnaryData<unknown>) => void;

const handler = (of: UntypedServiceImplementation, method: string) => of[method] as unknown as Handler;

const ask = <T>(method: string, request: unknown): Promise<T> =>
  new Promise((resolve, reject) => {
    handler(service, method)({ request }, (error, response) => {
      if (error) reject(Object.assign(new Error(error.details), error));
      else resolve(response as T);
    });
  });

const struct = (values: Values) => Struct.fromJavaScript(encodeAll(values));

function createRequest(inputs: Values, preview = false, of = urn): pb.CreateRequest {
  const request = new pb.CreateRequest();
  request.setUrn(of);
  request.setProperties(struct(inputs));
  request.setPreview(preview);
  return request;
}

const failure = async (request: pb.CreateRequest): Promise<ServiceError> => {
  const answer: unknown = await ask("create", request).catch((error: unknown) => error);
  return answer as ServiceError;
};

describe("the protocol", () => {
  test("a difference names its properties, and those that replace", async () => {
    const request = new pb.DiffRequest();
    request.setUrn(urn);
    const response = await ask<pb.DiffResponse>("diff", request);
    expect(response.getChanges()).toBe(pb.DiffResponse.DiffChanges.DIFF_SOME);
    expect(response.getDiffsList()).toEqual(["a", "d"]);
    expect(response.getReplacesList()).toEqual(["a"]);
    expect(response.getDeletebeforereplace()).toBe(true);
    const kinds: [string, pb.PropertyDiff.Kind][] = [];
    response.getDetaileddiffMap().forEach((property, path) => kinds.push([path, property.getKind()]));
    expect(kinds).toEqual([
      ["a.b", pb.PropertyDiff.Kind.UPDATE_REPLACE],
      ["a.c", pb.PropertyDiff.Kind.ADD],
      ["d", pb.PropertyDiff.Kind.DELETE],
    ]);
  });

  test("a preview's outputs stay unknown, and it makes no id", async () => {
    const response = await ask<pb.CreateResponse>("create", createRequest({ a: unknown }, true));
    expect(response.getId()).toBe("");
    expect(response.getProperties()?.toJavaScript()).toEqual(encodeAll({ a: unknown, made: unknown }));
  });

  test("a secret output is marked as one", async () => {
    const response = await ask<pb.CreateResponse>("create", createRequest({ a: "b" }));
    expect(response.getId()).toBe("t");
    expect(response.getProperties()?.toJavaScript()).toEqual(encodeAll({ a: "b", made: new Secret("s") }));
  });

  test("a resource that exists but is not ready comes with its state", async () => {
    const { details, metadata } = await failure(createRequest({ fail: "half" }));
    expect(details).toBe("Not ready.");
    const [packed] = metadata.get("grpc-status-details-bin");
    const detail = Status.deserializeBinary(packed as Buffer).getDetailsList()[0];
    const failed = detail?.unpack(
      (bytes) => pb.ErrorResourceInitFailed.deserializeBinary(bytes),
      "pulumirpc.ErrorResourceInitFailed",
    );
    expect(failed?.getId()).toBe("half");
    expect(failed?.getProperties()?.toJavaScript()).toEqual({ a: 1 });
    expect(failed?.getReasonsList()).toEqual(["Not ready."]);
  });

  test("any other error comes alone", async () => {
    const { details, metadata } = await failure(createRequest({ fail: "whole" }));
    expect(details).toBe("Not at all.");
    expect(metadata.get("grpc-status-details-bin")).toEqual([]);
  });

  test("an unserved resource is refused by name", async () => {
    const { details } = await failure(createRequest({}, false, urn.replaceAll("hing", "hong")));
    expect(details).toBe(
      "The stand-in for Pulumi's docker provider does not serve docker:index/thong:Thong. " +
        "Install the official plugin (docker 1.2.3) to use it.",
    );
  });

  test("an unserved function is refused by name", async () => {
    const request = new pb.InvokeRequest();
    request.setTok("docker:index/getLogs:getLogs");
    await expect(ask("invoke", request)).rejects.toThrow(
      "The stand-in for Pulumi's docker provider has no function docker:index/getLogs:getLogs.",
    );
  });

  test("a check tells what is wrong", async () => {
    const request = new pb.CheckRequest();
    request.setUrn(urn);
    request.setNews(struct({ a: "b" }));
    const response = await ask<pb.CheckResponse>("check", request);
    expect(response.toObject().failuresList).toEqual([{ property: "a", reason: "No." }]);
  });

  test("a resource that is gone has no id", async () => {
    const request = new pb.ReadRequest();
    request.setUrn(urn);
    request.setId("t");
    expect((await ask<pb.ReadResponse>("read", request)).getId()).toBe("");
  });

  test("an interruption reaches the work that is going on", async () => {
    const seen: boolean[] = [];
    const waiting: Resource = {
      ...thing,
      create: (_request, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            seen.push(true);
            resolve({ id: "x", outputs: {} });
          });
        }),
    };
    const other = implementation({ ...provider, resources: { "docker:index/thing:Thing": waiting } }, silent);
    const done = new Promise((resolve) => {
      (other["create"] as Handler)({ request: createRequest({}) }, resolve);
    });
    await new Promise(setImmediate);
    handler(other, "cancel")({}, () => undefined);
    await done;
    expect(seen).toEqual([true]);
  });
});
