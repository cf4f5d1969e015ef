import { describe, expect, test } from "@jest/globals";
import {
  authorizedKey,
  enrolmentOf,
  gateOf,
  inOnePiece,
  keysFileOf,
  requireWord,
} from "../../core/enrolment";
import type { Body, Entry } from "../../core/entry";
import { UserError } from "../../core/errors";

test("a key leads to the gate, and to nothing else", () => {
  expect(
    authorizedKey(gateOf("/srv/hms", "flood-formula"), "ssh-ed25519 AAAA", "flood-formula of onprem/nome"),
  ).toBe(
    'restrict,command="sh /srv/hms/.gate/flood-formula/gate.sh" ssh-ed25519 AAAA flood-formula of onprem/nome',
  );
});

describe("words that end up on a site", () => {
  test.each([
    ["host", "anchorage.agency.example"],
    ["host", "10.77.2.2"],
    ["host", "fe80::1"],
    ["account", "hms"],
    ["folder", "/srv/hms"],
    ["engine", "unix:///run/user/990/docker.sock"],
  ] as const)("%s %s is taken", (kind, value) => {
    expect(requireWord(kind, "--x", value)).toBe(value);
  });
  test.each([
    ["host", "-oProxyCommand=id", "a host name or an address"],
    ["host", "a b", "a host name or an address"],
    ["account", "-root", "up to 32 lower-case letters, digits, _ and -, a letter first"],
    ["account", "a:b", "up to 32 lower-case letters, digits, _ and -, a letter first"],
    ["folder", "/srv/it's", "an absolute path of letters, digits, dots, hyphens and underscores"],
    ["folder", "/srv/../etc", "an absolute path of letters, digits, dots, hyphens and underscores"],
    ["folder", "/srv/hms/", "an absolute path of letters, digits, dots, hyphens and underscores"],
    ["folder", "/srv/h ms", "an absolute path of letters, digits, dots, hyphens and underscores"],
    ["folder", "/srv/hms\n", "an absolute path of letters, digits, dots, hyphens and underscores"],
    ["engine", "tcp://0.0.0.0:2375", "unix://PATH of the socket of a docker engine"],
  ] as const)("%s %j is not", (kind, value, allowed) => {
    expect(() => requireWord(kind, "--x", value)).toThrow(
      new UserError(`--x: found ${JSON.stringify(value)}; allowed: ${allowed}`),
    );
  });
});

describe("the file of an account's keys", () => {
  test.each([
    ["", "/srv/hms/.account/.ssh/authorized_keys"],
    [".ssh/authorized_keys .ssh/authorized_keys2", "/srv/hms/.account/.ssh/authorized_keys"],
    ["%h/keys", "/srv/hms/.account/keys"],
    ["/etc/ssh/keys/%u", "/etc/ssh/keys/hms"],
    ["/etc/%%/%u", "/etc/%/hms"],
  ])("of %j", (said, file) => {
    expect(keysFileOf(said, "hms", "/srv/hms")).toBe(file);
  });
  test.each(["/etc/ssh/keys", "none"])("is nobody's own of %j", (said) => {
    expect(keysFileOf(said, "hms", "/srv/hms")).toBeUndefined();
  });
});

describe("what is enrolled", () => {
  const entries = (...bodies: [Body["type"], string][]): Entry[] =>
    bodies.map(([type, target], n) => ({ number: n + 1, body: { type, target } }) as unknown as Entry);
  test("is what was enrolled last", () => {
    const found = enrolmentOf(
      entries(
        ["site-enrolled", "onprem/nome"],
        ["site-enrolled", "onprem/nome"],
        ["site-enrolled", "onprem/juneau"],
      ),
      "onprem/nome",
    );
    expect(found?.number).toBe(2);
  });
  test("is nothing after a removal, and something after the next enrolment", () => {
    const removed = entries(["site-enrolled", "onprem/nome"], ["site-removed", "onprem/nome"]);
    expect(enrolmentOf(removed, "onprem/nome")).toBeUndefined();
    const again = entries(
      ["site-enrolled", "onprem/nome"],
      ["site-removed", "onprem/nome"],
      ["site-enrolled", "onprem/nome"],
    );
    expect(enrolmentOf(again, "onprem/nome")?.number).toBe(3);
  });
});

test("a script is in one piece, with what its parts read", () => {
  const files = new Map([
    ["a.sh", "set -e\n. bin/b.sh\nmain\n"],
    ["b.sh", '. "$bin/c.sh"\nb\n'],
    ["c.sh", "c\n"],
  ]);
  expect(inOnePiece("a.sh", files)).toBe("set -e\nc\n\nb\n\nmain\n");
  expect(() => inOnePiece("d.sh", files)).toThrow("there is no script d.sh");
});
