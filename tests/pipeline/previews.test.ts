import type { EngineEvent, PreviewOptions } from "@pulumi/pulumi/automation";
import { describe, expect, test } from "@jest/globals";
import type { Draft } from "../../pipeline/draft";
import { askedOnceBuilt, previewAll } from "../../pipeline/previews";
import type { OpenStack } from "../../pipeline/stack";
import { rules } from "../../policy/rules";

/** A stack whose preview finds violations of some rules, and fails. */
const violated = (...names: readonly string[]): OpenStack =>
  ({
    name: "cloud",
    stack: {
      preview: ({ onEvent }: PreviewOptions) => {
        for (const policyName of names) {
          const policyEvent = { message: "no", policyName, enforcementLevel: "mandatory" };
          onEvent?.({ policyEvent } as EngineEvent);
        }
        return Promise.reject(new Error("preview failed"));
      },
    },
  }) as unknown as OpenStack;
const draft = {} as Draft;

describe("rules on what only a build makes", () => {
  test("are no reason against a draft, however many of them; any other rule is one", async () => {
    expect((await previewAll([violated(...askedOnceBuilt)], { draft })).reasons).toEqual([]);
    expect((await previewAll([violated(...askedOnceBuilt, "freeze")], { draft })).reasons).toEqual([
      "cloud: freeze: no",
    ]);
  });
  test("are one against everything else", async () => {
    const [name = ""] = askedOnceBuilt;
    expect((await previewAll([violated(name)], {})).reasons).toEqual([`cloud: ${name}: no`]);
  });
  test("are rules of the pack, and are all of those that ask for a release of the trail", () => {
    const names = rules.map((rule) => rule.name);
    expect(names).toEqual(expect.arrayContaining([...askedOnceBuilt]));
    expect(names.filter((name) => /^release-|-of-release$|^image-registry$/.test(name)).sort()).toEqual(
      [...askedOnceBuilt].sort(),
    );
  });
});

test("a pack that ends before it has judged a resource is a reason, though the engine says it of that resource", async () => {
  const open = {
    name: "onprem",
    stack: {
      preview: ({ onEvent }: PreviewOptions) => {
        const urn = "urn:pulumi:onprem::hms::hms:onprem:Site$command:local:Command::anchorage-ship";
        const message = `<{%reset%}>${urn}: failed to run policy: rpc error: code = Unavailable<{%reset%}>\n`;
        onEvent?.({ diagnosticEvent: { urn, message, severity: "error" } } as EngineEvent);
        return Promise.reject(new Error("preview failed"));
      },
    },
  } as unknown as OpenStack;
  expect((await previewAll([open], {})).reasons).toEqual([
    expect.stringContaining(
      "onprem: the policy pack ended before it had judged all: failed to run policy: rpc error",
    ),
  ]);
});

test("a preview that fails by no rule is a reason against a draft, too", async () => {
  expect((await previewAll([violated()], { draft })).reasons).toEqual(["cloud: preview failed"]);
});

test("a stack is settled when its preview went through, and found nothing to do", async () => {
  const found = (name: string, op: string, end: Promise<unknown>): OpenStack =>
    ({
      name,
      stack: {
        preview: ({ onEvent }: PreviewOptions) => {
          onEvent?.({ resourcePreEvent: { metadata: { op, urn: "urn:x::a" } } } as EngineEvent);
          onEvent?.({ summaryEvent: {} } as EngineEvent);
          return end;
        },
      },
    }) as unknown as OpenStack;
  const stacks = [
    found("cloud", "same", Promise.resolve()),
    found("onprem", "update", Promise.resolve()),
    found("partners", "same", Promise.reject(new Error("broke off"))),
  ];
  expect([...(await previewAll(stacks, {})).settled]).toEqual(["cloud"]);
});
