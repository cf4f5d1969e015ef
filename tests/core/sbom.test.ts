/** Bills of materials: valid by CycloneDX's own schema, and the same bytes for the same content. */
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Part, sbomOf, type Whole } from "../../core/sbom";

const image: Whole = {
  type: "container",
  name: "registry.example.gov/flood-formula",
  version: "8e9a12c",
  sha256: "41".repeat(32),
  repository: "registry.example.gov/flood-formula",
};
const committedAt = 1795392000;
const where = "var/lib/dpkg/status";
const debian = { id: "debian", version: "12" };
const parts: readonly Part[] = [
  { kind: "deb", name: "libc6", version: "2.36-9+deb12u4", distro: debian, architecture: "amd64", where },
  { kind: "apk", name: "musl", version: "1.2.5-r0", distro: { id: "alpine", version: "3.20" }, where },
  { kind: "npm", name: "@scope/a", version: "1.0.0", license: "MIT", where: "app/node_modules/@scope/a" },
  { kind: "npm", name: "left-pad", version: "1.3.0", where: "app/node_modules/left-pad" },
  { kind: "golang", name: "github.com/caddyserver/caddy/v2", version: "v2.11.9", where: "usr/bin/caddy" },
  { kind: "generic", name: "node", version: "24.21.0", where: "usr/local/bin/node" },
  { kind: "file", name: "app/server.js", sha256: "5e".repeat(32), where: "app/server.js" },
];

interface Bill {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp: string; readonly component: Record<string, unknown> };
  readonly components: readonly {
    readonly type: string;
    readonly purl?: string;
    readonly evidence?: { readonly occurrences: readonly { readonly location: string }[] };
  }[];
}
const billOf = (some: readonly Part[], whole = image): Bill =>
  JSON.parse(sbomOf(whole, some, committedAt)) as Bill;

const faults = (text: string): Promise<unknown> =>
  new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);

describe("a bill of materials", () => {
  test("is valid by the schema of CycloneDX 1.6, of an image, of a bundle, and of nothing", async () => {
    expect(await faults(sbomOf(image, parts, committedAt))).toBeNull();
    const bundle: Whole = { type: "file", name: "bundle.zip", version: "8e9a12c", sha256: "b5".repeat(32) };
    expect(await faults(sbomOf(bundle, parts, committedAt))).toBeNull();
    expect(await faults(sbomOf(bundle, [], committedAt))).toBeNull();
  });

  test("is checked by a validator that can fail", async () => {
    const text = sbomOf(image, parts, committedAt).replace('"type": "library"', '"type": "lib"');
    expect(await faults(text)).not.toBeNull();
  });

  test("names packages by their package URLs", () => {
    expect(billOf(parts).components.map(({ purl }) => purl)).toEqual([
      undefined,
      "pkg:apk/alpine/musl@1.2.5-r0?distro=alpine-3.20",
      "pkg:deb/debian/libc6@2.36-9+deb12u4?arch=amd64&distro=debian-12",
      "pkg:generic/node@24.21.0",
      "pkg:golang/github.com/caddyserver/caddy/v2@v2.11.9",
      "pkg:npm/%40scope/a@1.0.0",
      "pkg:npm/left-pad@1.3.0",
    ]);
  });

  test("is of an image by digest and repository, at the commit's time, without a random number", () => {
    const { metadata, serialNumber } = billOf([]);
    expect(metadata.component).toMatchObject({
      type: "container",
      name: "registry.example.gov/flood-formula",
      version: "8e9a12c",
      hashes: [{ alg: "SHA-256", content: "41".repeat(32) }],
      purl: `pkg:oci/flood-formula@sha256:${"41".repeat(32)}?repository_url=registry.example.gov%2Fflood-formula`,
    });
    expect(metadata.timestamp).toBe("2026-11-23T00:00:00.000Z");
    expect(serialNumber).toBeUndefined();
  });

  test("lists a package that lies in two places once, with both", () => {
    const twice: Part[] = ["b", "a"].map((at) => ({ kind: "npm", name: "x", version: "1.0.0", where: at }));
    expect(billOf(twice).components.map(({ evidence }) => evidence?.occurrences)).toEqual([
      [{ location: "a" }, { location: "b" }],
    ]);
  });

  test("does not depend on the order in which parts were found", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...parts], { minLength: parts.length }), (shuffled) => {
        expect(sbomOf(image, shuffled, committedAt)).toBe(sbomOf(image, parts, committedAt));
      }),
    );
  });
});
