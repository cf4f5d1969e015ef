import { describe, expect, test } from "@jest/globals";
import { changesBetween } from "../../lab/standin/provider/changes";
import { checkInputs } from "../../lab/standin/provider/check";
import {
  needsName,
  plannedChanges,
  promisedOutputs,
  updatedState,
  withoutDefaults,
} from "../../lab/standin/provider/plan";
import type { Fields } from "../../lab/standin/provider/schema";
import { resourceName, resourceType } from "../../lab/standin/provider/urn";
import {
  decode,
  encode,
  equal,
  hasUnknown,
  reveal,
  Secret,
  unknown,
  type Json,
  type Values,
} from "../../lab/standin/provider/values";

const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const secretJson = (value: Json): Json => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

describe("values", () => {
  test("secrets and unknowns survive the way in and out", () => {
    const json: Json = { a: [1, true, "x"], s: secretJson({ p: "q" }), u: unknownText };
    const value = decode(json);
    expect(value).toEqual({ a: [1, true, "x"], s: new Secret({ p: "q" }), u: unknown });
    expect(encode(value)).toEqual(json);
  });

  test("the unknown number is as unknown as the unknown text", () => {
    expect(decode("3eeb2bf0-c639-47a8-9e75-3b44932eb421")).toBe(unknown);
  });

  test("an unknown deep within is found", () => {
    expect(hasUnknown([{ a: new Secret([unknown]) }])).toBe(true);
    expect(hasUnknown([{ a: new Secret(["known"]) }])).toBe(false);
  });

  test("a secret equals only a secret of the same value", () => {
    expect(equal(new Secret("a"), new Secret("a"))).toBe(true);
    expect(equal(new Secret("a"), new Secret("b"))).toBe(false);
    expect(equal(new Secret("a"), "a")).toBe(false);
  });

  test("an absent property is the same as an undefined one, and lists keep their order", () => {
    expect(equal({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(equal([1, 2], [2, 1])).toBe(false);
  });

  test("revealing takes marks off at any depth", () => {
    expect(reveal([new Secret({ a: new Secret("b") })])).toEqual([{ a: "b" }]);
  });
});

describe("names of resources", () => {
  const urn = "urn:pulumi:dev::project::my:component$docker:index/image:Image::a::b";

  test("the type is the last of the chain", () => {
    expect(resourceType(urn)).toBe("docker:index/image:Image");
  });

  test("the name may hold colons", () => {
    expect(resourceName(urn)).toBe("a::b");
  });
});

describe("changes", () => {
  test("are told to the leaf, with whether they replace", () => {
    const olds: Values = { triggers: ["a", "b"], environment: { "MY-VAR": "1", B: "2" }, gone: "x" };
    const news: Values = { triggers: ["a", "c"], environment: { "MY-VAR": "2", B: "2", C: "3" } };
    expect(changesBetween(olds, news, ["triggers"])).toEqual([
      { path: "triggers[1]", kind: "update", replaces: true },
      { path: 'environment["MY-VAR"]', kind: "update", replaces: false },
      { path: "environment.C", kind: "add", replaces: false },
      { path: "gone", kind: "delete", replaces: false },
    ]);
  });

  test("what became secret changed", () => {
    expect(changesBetween({ stdin: "a" }, { stdin: new Secret("a") })).toHaveLength(1);
  });
});

const fields: Fields = {
  name: { type: "string", replaces: true },
  image: { type: "string", required: true, replaces: true },
  memory: { type: "number" },
  restart: { type: "string", default: "no", pattern: /^(no|always)$/ },
  hostname: { type: "string", replaces: true, computed: true },
  envs: { type: "set", replaces: true },
  command: { type: "list", replaces: true },
  options: { type: "map" },
  ports: {
    type: "blocks",
    replaces: true,
    fields: { internal: { type: "number", required: true, replaces: true } },
  },
  labels: {
    type: "block-set",
    replaces: true,
    fields: { label: { type: "string", replaces: true }, value: { type: "string", replaces: true } },
  },
  id: { type: "string", output: true },
};

const request = (inputs: Values, oldInputs: Values = {}) => ({
  name: "web",
  oldInputs,
  inputs,
  seed: Uint8Array.from([0xab, 0xcd, 0xef, 0x01]),
});

describe("a check", () => {
  test("adds defaults, and says which they are", () => {
    const { inputs, failures } = checkInputs(fields, request({ name: "n", image: "i" }));
    expect(failures).toEqual([]);
    expect(inputs).toEqual({ name: "n", image: "i", restart: "no", __defaults: ["restart"] });
  });

  test("leaves defaults to the update where the official plugin does", () => {
    expect(checkInputs(fields, request({ image: "i" }), { defaults: false }).inputs).toEqual({ image: "i" });
  });

  test("takes unknowns for anything", () => {
    const { failures } = checkInputs(fields, request({ image: unknown, memory: unknown, ports: [unknown] }));
    expect(failures).toEqual([]);
  });

  test.each<[string, Values, string]>([
    ["missing", {}, '"image" is missing: it must be given.'],
    ["of the wrong type", { image: 1 }, '"image" must be a text.'],
    [
      "of the wrong type within",
      { image: "i", ports: [{ internal: "80" }] },
      '"ports[0].internal" must be a number.',
    ],
    ["not of the schema", { image: "i", imgae: "x" }, '"imgae" is not an input of this resource.'],
    ["an output", { image: "i", id: "x" }, '"id" is not an input of this resource.'],
    [
      "not of the pattern",
      { image: "i", restart: "maybe" },
      '"restart" is "maybe", which does not match /^(no|always)$/.',
    ],
  ])("refuses an input that is %s", (_, inputs, reason) => {
    expect(checkInputs(fields, request(inputs)).failures.map((failure) => failure.reason)).toEqual([reason]);
  });

  test("refuses what the stand-in does not do, but not when it is switched off", () => {
    const options = { refused: { memory: "No memory here." } };
    expect(checkInputs(fields, request({ image: "i", memory: 5 }), options).failures).toEqual([
      { property: "memory", reason: "No memory here." },
    ]);
    expect(checkInputs(fields, request({ image: "i" }), options).failures).toEqual([]);
  });

  describe("makes up a name", () => {
    const made = checkInputs(fields, request({ image: "i" }), { autoname: true }).inputs;

    test("from the resource's and the seed", () => {
      expect(made["name"]).toBe("web-abcdef0");
      expect(made["__defaults"]).toContain("name");
    });

    test("and keeps it", () => {
      const later = { ...request({ image: "j" }, made), seed: Uint8Array.from([1, 2, 3, 4]) };
      expect(checkInputs(fields, later, { autoname: true }).inputs["name"]).toBe("web-abcdef0");
    });

    test("but not one that the program chose before", () => {
      const chosen = checkInputs(fields, request({ name: "mine", image: "i" }), { autoname: true }).inputs;
      const later = checkInputs(fields, request({ image: "i" }, chosen), { autoname: true }).inputs;
      expect(later["name"]).toBe("web-abcdef0");
    });

    test("and only one that was chosen must be free before a replacement", () => {
      expect(needsName(made)).toBe(false);
      expect(needsName(checkInputs(fields, request({ name: "n", image: "i" })).inputs)).toBe(true);
    });
  });
});

describe("a plan", () => {
  const state: Values = {
    name: "n",
    image: "i",
    memory: 0,
    restart: "no",
    hostname: "abc",
    envs: ["A=1", "B=2"],
    command: ["x", "y"],
    options: {},
    labels: [
      { label: "a", value: "1" },
      { label: "b", value: "2" },
    ],
    id: "id",
  };
  const same: Values = {
    name: "n",
    image: "i",
    envs: ["A=1", "B=2"],
    command: ["x", "y"],
    labels: state["labels"],
  };
  const planned = (inputs: Values) => plannedChanges(fields, state, { ...same, ...inputs });

  test("sees no change in what is absent, empty, by default, the server's own, or a set in another order", () => {
    const labels = [
      { label: "b", value: "2", __defaults: [] },
      { label: "a", value: "1", __defaults: [] },
    ];
    expect(planned({ envs: ["B=2", "A=1"], memory: undefined, options: {}, labels, ports: [] })).toEqual([]);
  });

  test("sees the order of a list", () => {
    expect(planned({ command: ["y", "x"] })).toEqual([{ path: "command", kind: "update", replaces: true }]);
  });

  test("changes in place what may be", () => {
    expect(planned({ memory: 64, restart: "always" })).toEqual([
      { path: "memory", kind: "add", replaces: false },
      { path: "restart", kind: "update", replaces: false },
    ]);
  });

  test("replaces for what can't be changed, also when it is not known yet", () => {
    expect(planned({ image: unknown })).toEqual([{ path: "image", kind: "update", replaces: true }]);
    expect(planned({ ports: [{ internal: 80 }] }).every(({ replaces }) => replaces)).toBe(true);
    expect(planned({ ports: unknown })).toEqual([{ path: "ports", kind: "add", replaces: true }]);
    expect(planned({ labels: unknown })).toEqual([{ path: "labels", kind: "update", replaces: true }]);
  });

  test("names the group that came and the one that went", () => {
    const labels = [
      { label: "a", value: "1" },
      { label: "b", value: "3" },
    ];
    expect(planned({ labels })).toEqual([
      { path: "labels[1]", kind: "delete", replaces: true },
      { path: "labels[1]", kind: "add", replaces: true },
    ]);
  });

  test("promises the inputs, the defaults, and unknowns for what the server will say", () => {
    expect(
      promisedOutputs(fields, { image: "i", __defaults: [], ports: [{ internal: 80, __defaults: [] }] }),
    ).toEqual({
      image: "i",
      restart: "no",
      hostname: unknown,
      ports: [{ internal: 80 }],
      id: unknown,
    });
  });

  test("keeps in the state what an update does not touch", () => {
    const updated = updatedState(fields, state, { ...same, memory: 64, __defaults: [] });
    expect(updated).toEqual({ ...state, memory: 64 });
  });

  test("lists of defaults are taken out at any depth", () => {
    expect(withoutDefaults({ a: [{ b: { c: 1, __defaults: [] } }], __defaults: ["a"] })).toEqual({
      a: [{ b: { c: 1 } }],
    });
  });
});
