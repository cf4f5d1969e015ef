/** Asks a rule about a resource by the code that answers Pulumi's engine: unknown values and secrets come as they do there. */
import type { Rule } from "../../policy/rule";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import struct from "google-protobuf/google/protobuf/struct_pb";

/** A value that a preview can't know. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that is a secret. */
export const secret = (value: unknown): object => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

/** A resource, as the engine describes it. */
export interface Described {
  readonly type: string;
  readonly props: object;
  /** @default anchorage */
  readonly name?: string;
  /** @default onprem */
  readonly stack?: string;
  /** The name of the component that declares it. @default none */
  readonly parent?: string;
  /** The type of that component. @default hms:onprem:Site */
  readonly component?: string;
  readonly additionalSecretOutputs?: readonly string[];
}

/** What a rule said: a violation stops, advice does not. */
export interface Said {
  readonly level: "mandatory" | "advisory";
  readonly message: string;
}

type Handler = (
  call: { request: analyzer.AnalyzeRequest },
  callback: (error: unknown, response: { getDiagnosticsList(): analyzer.AnalyzeDiagnostic[] }) => void,
) => Promise<void>;

interface Server {
  makeAnalyzeRpcFun(pack: string, version: string, level: string, policies: object[]): Handler;
  makeRemediateRpcFun(pack: string, version: string, level: string, policies: object[]): Handler;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- Pulumi exports its handlers, but not their types
const server = require("@pulumi/policy/server") as Server;

/**
 * All that a rule says of a resource, without the reason that Pulumi puts in front.
 *
 * @param settings the rule's part of the pack's configuration
 */
export async function said(rule: Rule, resource: Described, settings: object = {}): Promise<Said[]> {
  const policy = configured(rule, settings);
  const request = requestOf(resource);
  // The engine asks for remedies first.
  await answer(server.makeRemediateRpcFun("hms", "0.1.0", "mandatory", [policy]), request);
  const diagnostics = await answer(server.makeAnalyzeRpcFun("hms", "0.1.0", "mandatory", [policy]), request);
  return diagnostics.map((each) => ({
    level: each.getEnforcementlevel() === analyzer.EnforcementLevel.MANDATORY ? "mandatory" : "advisory",
    message: each.getMessage().replace(`${rule.description}\n`, ""),
  }));
}

/** The violations alone. */
export async function violations(rule: Rule, resource: Described, settings?: object): Promise<string[]> {
  const all = await said(rule, resource, settings);
  return all.filter(({ level }) => level === "mandatory").map(({ message }) => message);
}

type Look = (args: object, report: unknown) => unknown;

function configured(rule: Rule, settings: object): object {
  const look =
    (check: Look): Look =>
    (args, report) =>
      check({ ...args, getConfig: () => settings }, report);
  return { ...rule, validateResource: ([rule.validateResource].flat() as Look[]).map(look) };
}

async function answer(
  handler: Handler,
  request: analyzer.AnalyzeRequest,
): Promise<analyzer.AnalyzeDiagnostic[]> {
  const [error, response] = await new Promise<Parameters<Parameters<Handler>[1]>>((resolve) => {
    void handler({ request }, (...given) => {
      resolve(given);
    });
  });
  if (error !== undefined && error !== null) {
    throw error as Error;
  }
  return "getDiagnosticsList" in response ? response.getDiagnosticsList() : [];
}

function requestOf(resource: Described): analyzer.AnalyzeRequest {
  const {
    type,
    props,
    name = "anchorage",
    stack = "onprem",
    parent,
    additionalSecretOutputs = [],
  } = resource;
  const component = resource.component ?? "hms:onprem:Site";
  const options = new analyzer.AnalyzerResourceOptions();
  options.setAdditionalsecretoutputsList([...additionalSecretOutputs]);
  if (parent !== undefined) {
    options.setParent(`urn:pulumi:${stack}::hms::${component}::${parent}`);
  }
  const request = new analyzer.AnalyzeRequest();
  request.setType(type);
  request.setName(name);
  request.setUrn(`urn:pulumi:${stack}::hms::${type}::${name}`);
  // What is undefined is not sent.
  const sent = JSON.parse(JSON.stringify(props)) as Record<string, struct.JavaScriptValue>;
  request.setProperties(struct.Struct.fromJavaScript(sent));
  request.setOptions(options);
  return request;
}
