/** The pack as Pulumi starts it: a process that answers the engine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as grpc from "@grpc/grpc-js";
import rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import messages from "@pulumi/pulumi/proto/analyzer_pb";
import empty from "google-protobuf/google/protobuf/empty_pb";
import { rules } from "../../policy/rules";
import { projectFolder } from "../../store/project";

let pack: ChildProcess;
let info: messages.AnalyzerInfo.AsObject;

interface Client extends grpc.Client {
  getAnalyzerInfo(
    request: empty.Empty,
    callback: (error: Error | null, info: messages.AnalyzerInfo) => void,
  ): void;
}

beforeAll(async () => {
  const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  pack = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
    cwd: path.join(projectFolder, "policy"),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = (await once(pack.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  const address = `127.0.0.1:${port.toString().trim()}`;
  // The pack's package gives no type to what it generates.
  const { AnalyzerClient } = rpc as unknown as { AnalyzerClient: new (...args: unknown[]) => Client };
  const client = new AnalyzerClient(address, grpc.credentials.createInsecure());
  info = await new Promise((resolve, reject) => {
    client.getAnalyzerInfo(new empty.Empty(), (error, answer) => {
      if (error === null) {
        resolve(answer.toObject());
      } else {
        reject(error);
      }
    });
  });
  client.close();
}, 60_000);

afterAll(() => {
  pack.kill();
});

test("offers every rule, with severity, control, remedy and the configuration's schema", () => {
  expect(info.policiesList.map(({ name }) => name)).toEqual(rules.map(({ name }) => name));
  const ftp = info.policiesList.find(({ name }) => name === "partner-encrypted");
  expect(ftp).toMatchObject({
    severity: messages.PolicySeverity.POLICY_SEVERITY_HIGH,
    framework: { name: "NIST SP 800-53", version: "5", reference: "SC-8" },
    remediationSteps: "Agree on FTPS or SFTP with the partner; until then, write a dated waiver.",
  });
  expect(ftp?.configschema).toBeDefined();
});

test("is mandatory in each rule, also in those that policy-config.json sets", () => {
  const { MANDATORY, REMEDIATE } = messages.EnforcementLevel;
  const levels = [
    ...info.policiesList.map(({ name, enforcementlevel }) => [name, enforcementlevel] as const),
    ...info.initialconfigMap.map(([name, { enforcementlevel }]) => [name, enforcementlevel] as const),
  ];
  expect(info.initialconfigMap.length).toBeGreaterThan(0);
  const wanted = (name: string): messages.EnforcementLevel =>
    name === "no-plain-secrets" ? REMEDIATE : MANDATORY;
  expect(levels.filter(([name, level]) => level !== wanted(name))).toEqual([]);
});
