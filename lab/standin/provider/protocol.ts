/** The provider protocol: turns its messages into a provider's plain values, and back. */
import * as grpc from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Change } from "./changes";
import type { Engine } from "./engine";
import { serviceError } from "./failures";
import type { Context, Diff, Failure, Provider, Resource } from "./provider";
import { resourceName, resourceType } from "./urn";
import { decodeAll, encodeAll, revealAll, type Values } from "./values";

const read = (struct: Struct | undefined): Values => decodeAll(struct?.toJavaScript());

const write = (values: Values): Struct => Struct.fromJavaScript(encodeAll(values));

const kinds: Record<Change["kind"], [inPlace: pb.PropertyDiff.Kind, replacing: pb.PropertyDiff.Kind]> = {
  add: [pb.PropertyDiff.Kind.ADD, pb.PropertyDiff.Kind.ADD_REPLACE],
  delete: [pb.PropertyDiff.Kind.DELETE, pb.PropertyDiff.Kind.DELETE_REPLACE],
  update: [pb.PropertyDiff.Kind.UPDATE, pb.PropertyDiff.Kind.UPDATE_REPLACE],
};

const topLevel = (path: string): string => /^[^.[]+/.exec(path)?.[0] ?? path;

function diffResponse({ changes, deleteBeforeReplace = false }: Diff): pb.DiffResponse {
  const response = new pb.DiffResponse();
  const { DIFF_SOME, DIFF_NONE } = pb.DiffResponse.DiffChanges;
  response.setChanges(changes.length > 0 ? DIFF_SOME : DIFF_NONE);
  const names = (of: readonly Change[]) => [...new Set(of.map(({ path }) => topLevel(path)))];
  const replacing = changes.filter(({ replaces }) => replaces);
  response.setDiffsList(names(changes));
  response.setReplacesList(names(replacing));
  response.setDeletebeforereplace(deleteBeforeReplace && replacing.length > 0);
  for (const { path, kind, replaces } of changes) {
    const property = new pb.PropertyDiff();
    property.setKind(kinds[kind][replaces ? 1 : 0]);
    response.getDetaileddiffMap().set(path, property);
  }
  response.setHasdetaileddiff(true);
  return response;
}

const failureOf = ({ property, reason }: Failure): pb.CheckFailure => {
  const failure = new pb.CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
};

function checkResponse(inputs: Values, failures: readonly Failure[]): pb.CheckResponse {
  const response = new pb.CheckResponse();
  response.setInputs(write(inputs));
  response.setFailuresList(failures.map(failureOf));
  return response;
}

/** The engine's own settings of a provider, which say where the plugin comes from. */
const engineSettings = ["version", "pluginDownloadURL", "__internal"];

const settings = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !engineSettings.includes(key)));

/** The methods of the gRPC service. Those that are missing answer "unimplemented", which the engine takes. */
export function implementation(provider: Provider, engine: Engine): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();

  const context = (urn: string): Context => ({
    signal: cancelled.signal,
    log: (severity, message, passing = false) => {
      engine.log(urn, severity, message, passing);
    },
  });

  function resource(urn: string): Resource {
    const type = resourceType(urn);
    const found = provider.resources[type];
    if (found) return found;
    throw new Error(
      `The stand-in for Pulumi's ${provider.name} provider does not serve ${type}. ` +
        `Install the official plugin (${provider.name} ${provider.version}) to use it.`,
    );
  }

  const answer =
    <I, O>(work: (request: I) => O | Promise<O>): grpc.handleUnaryCall<I, O> =>
    (call, callback) => {
      Promise.resolve(call.request)
        .then(work)
        .finally(() => engine.settled())
        .then(
          (response) => {
            callback(null, response);
          },
          (error: unknown) => {
            callback(serviceError(error));
          },
        );
    };

  return {
    getPluginInfo: answer(() => {
      const info = new PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),

    cancel: answer(() => {
      cancelled.abort();
      return new Empty();
    }),

    checkConfig: answer((request: pb.CheckRequest) => {
      const response = new pb.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),

    diffConfig: answer((request: pb.DiffRequest) => {
      const [olds, news] = [request.getOlds(), request.getNews()].map((given) =>
        settings(revealAll(read(given))),
      ) as [Values, Values];
      return diffResponse({ changes: provider.diffConfiguration?.(olds, news) ?? [] });
    }),

    configure: answer(async (request: pb.ConfigureRequest) => {
      await provider.configure?.(settings(revealAll(read(request.getArgs()))), cancelled.signal);
      const response = new pb.ConfigureResponse();
      response.setAcceptsecrets(provider.acceptsSecrets);
      response.setSupportspreview(true);
      return response;
    }),

    invoke: answer(async (request: pb.InvokeRequest) => {
      const token = request.getTok();
      const call = provider.functions?.[token];
      if (!call)
        throw new Error(`The stand-in for Pulumi's ${provider.name} provider has no function ${token}.`);
      const response = new pb.InvokeResponse();
      response.setReturn(write(await call(read(request.getArgs()), context(""))));
      return response;
    }),

    check: answer(async (request: pb.CheckRequest) => {
      const urn = request.getUrn();
      const { inputs, failures } = await resource(urn).check(
        {
          name: resourceName(urn),
          oldInputs: read(request.getOlds()),
          inputs: read(request.getNews()),
          seed: request.getRandomseed_asU8(),
        },
        context(urn),
      );
      return checkResponse(inputs, failures);
    }),

    diff: answer((request: pb.DiffRequest) =>
      diffResponse(
        resource(request.getUrn()).diff({ state: read(request.getOlds()), inputs: read(request.getNews()) }),
      ),
    ),

    create: answer(async (request: pb.CreateRequest) => {
      const urn = request.getUrn();
      const { id, outputs } = await resource(urn).create(
        { name: resourceName(urn), inputs: read(request.getProperties()), preview: request.getPreview() },
        context(urn),
      );
      const response = new pb.CreateResponse();
      response.setId(id);
      response.setProperties(write(outputs));
      return response;
    }),

    read: answer(async (request: pb.ReadRequest) => {
      const urn = request.getUrn();
      const known = { id: request.getId(), state: read(request.getProperties()) };
      const { id, outputs } = await resource(urn).read(known, context(urn));
      const response = new pb.ReadResponse();
      response.setId(id);
      if (id === "") return response;
      response.setProperties(write(outputs));
      response.setInputs(request.getInputs());
      return response;
    }),

    update: answer(async (request: pb.UpdateRequest) => {
      const urn = request.getUrn();
      const outputs = await resource(urn).update(
        {
          id: request.getId(),
          state: read(request.getOlds()),
          inputs: read(request.getNews()),
          preview: request.getPreview(),
        },
        context(urn),
      );
      const response = new pb.UpdateResponse();
      response.setProperties(write(outputs));
      return response;
    }),

    delete: answer(async (request: pb.DeleteRequest) => {
      const urn = request.getUrn();
      await resource(urn).delete({ id: request.getId(), state: read(request.getProperties()) }, context(urn));
      return new Empty();
    }),
  };
}
