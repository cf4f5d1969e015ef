import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { askGovernance } from "../../../compliance/steps/governance";
import type { StepResult } from "../../../compliance/steps/step";
import { complianceSettings } from "../../../core/config/compliance";
import { finding } from "../formats/results";
import { folderWith, remove } from "../folder";
import { context } from "./context";

let server: http.Server;
let url = "";
let asked: { headers: http.IncomingHttpHeaders; method?: string; body: unknown }[] = [];
let answer: http.RequestListener;
let folder = "";

beforeEach(async () => {
  asked = [];
  server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked.push({ headers: request.headers, method: request.method, body: JSON.parse(body) as unknown });
      answer(request, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/verdict`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  remove(folder);
});

const says = (status: number, text: string, headers: Record<string, string> = {}): void => {
  answer = (_, response) => response.writeHead(status, headers).end(text);
};

/** What the step says. */
function ask(parts: object = {}): Promise<StepResult> {
  const { governance } = complianceSettings.parse({ governance: { url, timeoutSeconds: 1, ...parts } });
  if (governance === undefined) throw new Error("There is no governance.");
  const about = context({ changedFiles: () => Promise.resolve(["rules/flood.json"]) });
  return askGovernance(governance, about, { findings: [finding()], objections: [] });
}

test("it is asked with the commit, the files that changed, and the findings", async () => {
  says(200, '{"verdict":"approved","by":"Board"}');
  process.env["GOVERNANCE_TOKEN"] = "s3cret";
  expect(await ask({ token: { env: "GOVERNANCE_TOKEN" } })).toEqual({ passed: true, summary: "approved" });
  expect(asked).toMatchObject([
    {
      method: "POST",
      headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
      body: {
        commit: "8e9a12c0".repeat(5),
        service: "flood-formula",
        files: ["rules/flood.json"],
        findings: [finding()],
        objections: [],
      },
    },
  ]);
});

test("a token may lie in a file; without one nothing is sent; one that is missing is told", async () => {
  says(200, '{"verdict":"approved"}');
  folder = folderWith({ token: "from-file\n" });
  await ask({ token: { file: `${folder}/token` } });
  await ask();
  expect(asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer from-file", undefined]);
  await expect(ask({ token: { env: "NO_SUCH_TOKEN" } })).rejects.toThrow(
    "NO_SUCH_TOKEN is not set. Set it, or change hms:compliance.governance.token.",
  );
  await expect(ask({ token: { file: "/nonexistent" } })).rejects.toThrow(
    "/nonexistent can't be read. Put the token there, or change hms:compliance.governance.token.",
  );
});

test("its refusal stops the run", async () => {
  says(200, '{"verdict":"refused","reason":"The board has\\nnot met."}');
  expect(await ask()).toEqual({ passed: false, summary: `${url} refused: The board has not met.` });
});

test("its silence stops the run", async () => {
  answer = () => undefined;
  const sentence = `${url} did not answer within 1 s. Ask who runs it, then run the suite again.`;
  expect(await ask()).toEqual({ passed: false, summary: sentence });
  // Also when it only begins to speak.
  answer = (_, response) => response.writeHead(200).write('{"verdict":');
  expect(await ask()).toEqual({ passed: false, summary: sentence });
});

test("so does its absence", async () => {
  url = "http://127.0.0.1:1/verdict";
  expect((await ask()).summary).toMatch(
    /^http:\/\/127\.0\.0\.1:1\/verdict can't be reached \(.*\)\. Ask who runs it, then run the suite again\.$/,
  );
});

const allowed =
  'which is no verdict; allowed: {"verdict": "approved"} or {"verdict": "refused", "reason": "..."}';

test.each([
  [200, "<html>Welcome</html>", "<html>Welcome</html>"],
  [200, "", ""],
  [200, '{"verdict":"maybe"}', '{"verdict":"maybe"}'],
  [200, '{"verdict":"refused"}', '{"verdict":"refused"}'],
  [500, '{"verdict":"approved"}', '{"verdict":"approved"}'],
  [201, '{"verdict":"approved"}', '{"verdict":"approved"}'],
])("so does its nonsense: HTTP %d %s", async (status, text, told) => {
  says(status, text);
  expect(await ask()).toEqual({
    passed: false,
    summary: `${url} answered HTTP ${status} "${told}", ${allowed}`,
  });
});

test("an answer without end is cut, and is no verdict", async () => {
  answer = (_, response) => {
    response.writeHead(200).write('{"verdict":"approved","x":"');
    const more = setInterval(() => response.write("a".repeat(20_000)), 5);
    response.on("close", () => {
      clearInterval(more);
    });
  };
  expect((await ask()).summary).toMatch(
    /^http:.* answered HTTP 200 "{"verdict":"approved","x":"a+", which is no verdict/,
  );
});

test("a redirect is not followed: the token would go elsewhere", async () => {
  says(307, "", { location: url.replace("verdict", "elsewhere") });
  expect((await ask()).summary).toBe(`${url} answered HTTP 307 "", ${allowed}`);
  expect(asked).toHaveLength(1);
});

test("a password in the URL is not told", async () => {
  says(500, "");
  url = url.replace("http://", "http://").concat("?key=hunter2");
  expect((await ask()).summary).not.toContain("hunter2");
});
