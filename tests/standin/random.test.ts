import { describe, expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { bcryptHash } from "../../lab/standin/random/bcrypt";
import { drawText, type Characters } from "../../lab/standin/random/characters";
import { idOf, randomId } from "../../lab/standin/random/id";
import { randomPassword } from "../../lab/standin/random/password";
import { petWords, randomPet } from "../../lab/standin/random/pet";
import { randomUuid } from "../../lab/standin/random/uuid";
import type { Context, Resource } from "../../lab/standin/provider/provider";
import { Secret, unknown, type Values } from "../../lab/standin/provider/values";

const context: Context = { signal: new AbortController().signal, log: () => undefined };

const create = async (resource: Resource, inputs: Values, preview = false) =>
  resource.create({ name: "r", inputs, preview }, context);

const failures = async (resource: Resource, inputs: Values) =>
  (await resource.check({ name: "r", oldInputs: {}, inputs, seed: new Uint8Array(4) }, context)).failures.map(
    ({ reason }) => reason,
  );

describe("an id", () => {
  test("is written in every notation, with a prefix in each but the id itself", () => {
    expect(idOf(Buffer.from([0xfb, 0xff, 0x01, 0x00]), "p-")).toEqual({
      id: "-_8BAA",
      outputs: { b64Url: "p--_8BAA", b64Std: "p-+/8BAA==", hex: "p-fbff0100", dec: "p-4227793152" },
    });
  });

  test("keeps leading zeros where they count", () => {
    expect(idOf(Buffer.from([0, 1])).outputs).toMatchObject({ hex: "0001", dec: "1", b64Std: "AAE=" });
  });

  test("has the wanted length, and is another one each time", async () => {
    const [one, other] = [
      await create(randomId, { byteLength: 16 }),
      await create(randomId, { byteLength: 16 }),
    ];
    expect(one.outputs["hex"]).toMatch(/^[0-9a-f]{32}$/);
    expect(one.id).not.toBe(other.id);
  });

  test("is not known in a preview", async () => {
    const { id, outputs } = await create(randomId, { byteLength: 4 }, true);
    expect(id).toBe("");
    expect(outputs).toMatchObject({ byteLength: 4, hex: unknown, b64Url: unknown });
  });

  test("is replaced when a keeper changes, and only then", async () => {
    const inputs = { byteLength: 4, keepers: { version: "1" } };
    const { outputs } = await create(randomId, inputs);
    expect(randomId.diff({ state: outputs, inputs }).changes).toEqual([]);
    const changed = randomId.diff({ state: outputs, inputs: { ...inputs, keepers: { version: "2" } } });
    expect(changed.changes).toEqual([{ path: "keepers", kind: "update", replaces: true }]);
  });

  test("needs a byte", async () => {
    expect(await failures(randomId, { byteLength: 0 })).toEqual(["byteLength must be at least 1."]);
  });
});

describe("a text", () => {
  const all: Characters = {
    length: 200,
    upper: true,
    lower: true,
    numeric: true,
    special: true,
    minUpper: 0,
    minLower: 0,
    minNumeric: 0,
    minSpecial: 0,
    specials: "",
  };

  test("holds only what is allowed", () => {
    expect(drawText({ ...all, special: false, upper: false })).toMatch(/^[a-z0-9]{200}$/);
    expect(drawText({ ...all, upper: false, lower: false, numeric: false, specials: "_~" })).toMatch(
      /^[_~]{200}$/,
    );
  });

  test("holds as many of each kind as it must", () => {
    const drawn = drawText({
      ...all,
      length: 9,
      upper: false,
      special: false,
      numeric: false,
      minSpecial: 3,
      minNumeric: 4,
    });
    expect(drawn).toHaveLength(9);
    expect(drawn.replace(/[^0-9]/g, "")).toHaveLength(4);
    expect(drawn.replace(/[a-z0-9]/g, "")).toHaveLength(3);
  });
});

describe("a password", () => {
  test("is secret, and so is its hash, which belongs to it", async () => {
    const { id, outputs } = await create(randomPassword, { length: 20 });
    expect(id).toBe("none");
    const { result, bcryptHash: hash } = outputs as Record<
      "result" | "bcryptHash",
      Secret & { value: string }
    >;
    expect(result).toBeInstanceOf(Secret);
    expect(hash).toBeInstanceOf(Secret);
    expect(result.value).toHaveLength(20);
    const script = "print crypt($ARGV[0], $ARGV[1])";
    const again = execFileSync("perl", ["-e", script, "--", result.value, hash.value]);
    expect(again.toString()).toBe(hash.value);
  });

  test("the hash takes the first 72 bytes, as bcrypt does", async () => {
    const hash = await bcryptHash(`${"x".repeat(72)}more`);
    expect(hash).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
    const again = execFileSync("perl", ["-e", "print crypt($ARGV[0], $ARGV[1])", "x".repeat(72), hash]);
    expect(again.toString()).toBe(hash);
  });

  test("defaults make no difference, and the old name of a setting means the new one", async () => {
    const { outputs } = await create(randomPassword, { length: 20, number: false });
    expect(outputs).toMatchObject({ number: false, numeric: false, special: true, minUpper: 0 });
    expect(randomPassword.diff({ state: outputs, inputs: { length: 20, number: false } }).changes).toEqual(
      [],
    );
  });

  test.each<[Values, RegExp]>([
    [{ length: 3, minUpper: 2, minLower: 2 }, /^length is 3, but must be at least 4/],
    [{ length: 3, upper: false, lower: false, numeric: false, special: false }, /^At least one of "upper"/],
    [{ length: 3, number: true, numeric: false }, /^"number" is true and "numeric" is false/],
  ])("%j is refused", async (inputs, reason) => {
    expect(await failures(randomPassword, inputs)).toEqual([expect.stringMatching(reason)]);
  });
});

test("a pet's name has the wanted number of words, after the prefix", async () => {
  expect(petWords(4)).toHaveLength(4);
  const { id } = await create(randomPet, { length: 3, separator: "_", prefix: "my" });
  expect(id).toMatch(/^my(_[a-z]+){3}$/);
});

test("a UUID is of version 4, and its id", async () => {
  const { id, outputs } = await create(randomUuid, {});
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(outputs["result"]).toBe(id);
});
