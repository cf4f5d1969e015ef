import { expect, test } from "@jest/globals";
import { parseStack } from "../../core/config";
import { policyDigest, settingsDigest } from "../../store/fingerprint";

const site = (host: string): Record<string, unknown> => ({
  ...{ name: "mississippi", user: "deploy", hostKey: "ssh-ed25519 AAAA", proxyImage: { file: "proxy" } },
  host,
});
const digest = (...members: Record<string, unknown>[]): string =>
  settingsDigest(parseStack({ role: "onprem", service: "flood-formula", sites: members }, "f"));

test("settings that say the same have one digest, in whatever order; others have another", () => {
  const turned = Object.fromEntries(Object.entries(site("10.0.0.2")).reverse());
  expect(digest(turned)).toBe(digest(site("10.0.0.2")));
  expect(digest(site("10.0.0.3"))).not.toBe(digest(site("10.0.0.2")));
});

test("the files that settings name count", () => {
  const partners = (mappings?: string): string =>
    settingsDigest(
      parseStack(
        { role: "partners", service: "flood-formula", ...(mappings !== undefined && { mappings }) },
        "f",
      ),
    );
  const digests = [partners(), partners("mappings/partner/*.yml"), partners("mappings/none/*.yml")];
  expect(new Set(digests).size).toBe(3);
});

test("the policy has one", () => {
  expect(policyDigest()).toMatch(/^[0-9a-f]{64}$/);
});
