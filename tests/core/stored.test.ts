import { expect, test } from "@jest/globals";
import { storedBy } from "../../core/stored";

const digest = `sha256:${"ab".repeat(32)}`;
const receipt = { kind: "runs", image: digest, health: "healthy", since: "", units: [] } as const;
const target = "onprem/anchorage";

test("a receipt that came on a medium needs its file, and one that was read back needs none", () => {
  expect(storedBy({ type: "receipt", target, tag: "8e9a12c", receipt })).toEqual([]);
  expect(
    storedBy({
      type: "receipt",
      target,
      tag: "8e9a12c",
      receipt,
      via: "medium",
      key: "cd".repeat(32),
      file: digest,
    }),
  ).toEqual([{ sha256: "ab".repeat(32), what: "receipt" }]);
});

test("a medium needs its list; what it is made for lies elsewhere", () => {
  const exported = {
    type: "release-exported",
    target,
    tag: "8e9a12c",
    signature: "",
    files: 1,
    bytes: 1,
  } as const;
  expect(storedBy({ ...exported, medium: digest, proxyImage: `caddy@${digest}` })).toEqual([
    { sha256: "ab".repeat(32), what: "medium" },
  ]);
});

test("the key of a site is in its entry, and needs nothing beside it", () => {
  expect(storedBy({ type: "site-key", target, key: "cd".repeat(32), publicKey: "" })).toEqual([]);
});
