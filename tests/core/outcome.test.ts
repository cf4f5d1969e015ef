import { describe, expect, test } from "@jest/globals";
import { Refused, Unreachable } from "../../core/errors";
import {
  changes,
  describeChanges,
  type EventFacts,
  explain,
  failureOf,
  failures,
  firstSaid,
  isOfTarget,
  isSettled,
  nameOf,
  shortfallOf,
  violations,
} from "../../core/outcome";
import { aRelease } from "../fixtures";

const site = "urn:pulumi:onprem::hms::hms:onprem:Site::mississippi";
const ship = "urn:pulumi:onprem::hms::hms:onprem:Site$command:local:Command::mississippi-ship";

const failedShip = (message: string): EventFacts[] => [
  { resourcePreEvent: { metadata: { op: "update", urn: ship, new: { parent: site } } } },
  { diagnosticEvent: { urn: ship, severity: "error", message } },
  { resOpFailedEvent: { metadata: { op: "update", urn: ship, new: { parent: site } } } },
];

test("a resource's name is the last part of its URN", () => {
  expect(nameOf(ship)).toBe("mississippi-ship");
});

describe("a target that failed", () => {
  test("is named by its component, with what its command said last", () => {
    const events = failedShip(
      'exit status 1: running "node ship-release.js":\nrefused: Permission denied (publickey).\n',
    );
    expect([...failures(events)]).toEqual([
      ["mississippi", { state: "failed", why: "refused: Permission denied (publickey)." }],
    ]);
  });
  test("is stale when nobody answered", () => {
    const events = failedShip(
      "unreachable: ssh: connect to host 10.77.1.2 port 22: No route to host (3 tries)",
    );
    expect(failures(events).get("mississippi")?.state).toBe("stale");
  });
  test("is found by its failed operation alone", () => {
    expect([...failures(failedShip("").slice(2)).keys()]).toEqual(["mississippi"]);
  });
  test("is not one whose resources only warned", () => {
    expect(failures([{ diagnosticEvent: { urn: ship, severity: "warning", message: "slow" } }]).size).toBe(0);
  });
});

describe("an error says whether somebody answered", () => {
  test.each([
    ["after 3 failed attempts: dial tcp 10.77.1.2:22: connect: no route to host", "stale"],
    ["after 3 failed attempts: dial tcp 10.77.1.2:22: i/o timeout", "stale"],
    // What the command provider says when the line is lost while a command runs.
    [
      'wait: remote command exited without exit status or exit signal: running "sh activate.sh":\nloaded',
      "stale",
    ],
    ["configured Kubernetes cluster is unreachable: unable to load schema", "stale"],
    ["Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?", "stale"],
    ["ssh: handshake failed: ssh: host key mismatch", "failed"],
    [
      "configured Kubernetes cluster is unreachable: unable to load Kubernetes client configuration from kubeconfig file",
      "failed",
    ],
    [
      "error during connect: command [ssh -l root -- host] has exited: Host key verification failed.",
      "failed",
    ],
    ["error during connect: command [ssh -- host] has exited: connect to host: No route to host", "stale"],
    ["unhealthy: flood-formula-1 did not become healthy in 20 s; flood-formula-0 serves.", "failed"],
    ["<{%reset%}>refused: 550 Permission denied.<{%reset%}>", "failed"],
  ])("%s", (message, state) => {
    expect(explain(message).state).toBe(state);
  });
  test("a cluster's reason is that of its pods", () => {
    const message = [
      "4 errors occurred:",
      '\t* the Kubernetes API server reported that "flood-formula" failed to become live',
      "\t* [Pod flood-formula-6c]: containers with unready status: [flood-formula] -- [CrashLoopBackOff] back-off",
      "\t* Minimum number of Pods to consider the application live was not attained",
    ].join("\n");
    expect(explain(message).why).toBe(
      "unhealthy: [Pod flood-formula-6c]: containers with unready status: [flood-formula] -- [CrashLoopBackOff] back-off",
    );
  });
});

test("only mandatory violations stop a run", () => {
  const policyEvent = {
    policyName: "image-by-digest",
    message: "Name\n  the image by its digest.",
    resourceUrn: site,
  };
  expect(
    violations([
      { policyEvent: { ...policyEvent, enforcementLevel: "mandatory" } },
      { policyEvent: { ...policyEvent, enforcementLevel: "advisory" } },
    ]),
  ).toEqual(["image-by-digest: Name the image by its digest."]);
});

test("a trail that is not what a stack's state knows stops a run", () => {
  const urn = "urn:pulumi:onprem::hms::hms:onprem:Site$pulumi-nodejs:dynamic/hms:Intent::anchorage-intent";
  const message = "<{%reset%}>  Error: The trail t does not hold entry 7.\n    at diff\n<{%reset%}>";
  expect(violations([{ diagnosticEvent: { urn, severity: "error", message } }])).toEqual([
    "trail: The trail t does not hold entry 7.",
  ]);
});

test("a preview that failed on no resource was no preview, and says why", () => {
  const message = "<{%reset%}>error: policy-config.json is not JSON.<{%reset%}>\n";
  const pack: EventFacts[] = [{ diagnosticEvent: { severity: "info#err", message } }];
  expect([isOfTarget(pack), firstSaid(pack)]).toEqual([false, "policy-config.json is not JSON."]);
  expect(isOfTarget(failedShip("connection refused"))).toBe(true);
  const urn = "urn:pulumi:onprem::hms::pulumi:pulumi:Stack::hms-onprem";
  expect(isOfTarget([{ diagnosticEvent: { urn, severity: "error", message } }])).toBe(false);
  expect(firstSaid([])).toBeUndefined();
});

describe("unreachable, refused and unhealthy are different words", () => {
  test("nobody answered a probe: stale, unreachable", () => {
    expect(failureOf(new Unreachable("anchorage does not answer (3 tries)"))).toEqual({
      state: "stale",
      why: "unreachable: anchorage does not answer (3 tries)",
    });
  });
  test("somebody answered it, and said no: failed, refused", () => {
    const why = "refused: 530 Login incorrect.";
    expect(failureOf(new Refused(why))).toEqual({ state: "failed", why });
    expect(failureOf(new Error("530 Login incorrect."))).toEqual({ state: "failed", why });
  });
  test("it runs its release, which is sick: failed, unhealthy; or another one: failed, refused", () => {
    const release = aRelease();
    const receipt = { kind: "runs", health: "unhealthy", since: "now", units: ["a"] } as const;
    expect(shortfallOf({ ...receipt, image: release.imageId }, release)).toMatchObject({
      state: "failed",
      why: expect.stringMatching(/^unhealthy: /),
    });
    expect(shortfallOf({ ...receipt, image: "sha256:other" }, release).why).toMatch(/^refused: /);
    expect(shortfallOf({ kind: "nothing" }, undefined).why).toBe("refused: it says: nothing");
  });
});

describe("what a preview says that would change", () => {
  const event = (op: string, name: string, parent = site): EventFacts => ({
    resourcePreEvent: {
      metadata: { op, urn: `urn:pulumi:onprem::hms::a:b:C::${name}`, type: "a:b:C", new: { parent } },
    },
  });
  const found = changes([
    event("same", "network"),
    event("create", "app"),
    event("update", "receipt"),
    event("create-replacement", "swap"),
    event("replace", "swap"),
    event("delete-replaced", "swap"),
    {
      resourcePreEvent: {
        metadata: { op: "delete", urn: `${ship}-old`, type: "a:b:C", old: { parent: site } },
      },
    },
    event("update", "stack", ""),
  ]);

  test("is told by target, a replacement once, and nothing that stays as it is", () => {
    expect([...found.keys()]).toEqual(["mississippi"]);
    expect(found.get("mississippi")).toEqual([
      { op: "create", type: "a:b:C", name: "app" },
      { op: "update", type: "a:b:C", name: "receipt" },
      { op: "replace", type: "a:b:C", name: "swap" },
      { op: "delete", type: "a:b:C", name: "mississippi-ship-old" },
    ]);
  });
  test("is counted in Pulumi's signs", () => {
    expect(describeChanges(found.get("mississippi") ?? [])).toBe("+1 ~1 ±1 -1");
    expect(describeChanges([])).toBe("");
  });
});

test("a rule that is not asked is no reason; another one is, as in the same preview", () => {
  const violation = (policyName: string): EventFacts => ({
    policyEvent: { message: "no", policyName, enforcementLevel: "mandatory" },
  });
  expect(violations([violation("release-known"), violation("freeze")], ["release-known"])).toEqual([
    "freeze: no",
  ]);
});

describe("a preview that found nothing to do", () => {
  const step = (op: string): EventFacts => ({ resourcePreEvent: { metadata: { op, urn: ship } } });
  const summaryEvent = {};

  test("came to its end, and every resource is the same", () => {
    expect(isSettled([step("same"), step("same"), { summaryEvent }])).toBe(true);
  });
  test.each(["create", "update", "replace", "delete", "delete-replaced", "import"])(
    "did not if there is one to %s",
    (op) => {
      expect(isSettled([step("same"), step(op), { summaryEvent }])).toBe(false);
    },
  );
  test("did not if it broke off", () => {
    expect(isSettled([step("same")])).toBe(false);
  });
  test("did not if it warned, as of a cluster that does not answer", () => {
    const message = "configured Kubernetes cluster is unreachable";
    const warning = { diagnosticEvent: { message, severity: "warning" } };
    expect(isSettled([warning, step("same"), { summaryEvent }])).toBe(false);
  });
  test.each([
    ["debug", "Registering resource: t=hms:onprem:Site"],
    ["warning", "using pulumi-analyzer-policy from $PATH at /a expected /b"],
  ])("may have had something to say that is nothing to do, as a %s", (severity, message) => {
    expect(isSettled([{ diagnosticEvent: { message, severity } }, step("same"), { summaryEvent }])).toBe(
      true,
    );
  });
});
