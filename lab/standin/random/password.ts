/** `RandomString`, and `RandomPassword`, whose result is secret. */
import { text, type Live } from "../provider/provider";
import type { Fields } from "../provider/schema";
import { Secret, type Values } from "../provider/values";
import { bcryptHash } from "./bcrypt";
import { drawText, smallestLength, type Characters } from "./characters";
import { keepers, resourceOf } from "./resource";

const given = (name: string): Fields => ({
  [name]: { type: "boolean", default: true, replaces: true },
});

const least = (name: string): Fields => ({
  [name]: { type: "number", default: 0, replaces: true },
});

const fields: Fields = {
  keepers,
  length: { type: "number", required: true, replaces: true },
  ...given("special"),
  ...given("upper"),
  ...given("lower"),
  ...given("number"),
  ...given("numeric"),
  ...least("minSpecial"),
  ...least("minUpper"),
  ...least("minLower"),
  ...least("minNumeric"),
  overrideSpecial: { type: "string", replaces: true },
  result: { type: "string", output: true },
};

/** The characters that the inputs ask for. */
export const charactersOf = (inputs: Values): Characters => ({
  length: inputs["length"] as number,
  upper: inputs["upper"] !== false,
  lower: inputs["lower"] !== false,
  numeric: inputs["numeric"] !== false,
  special: inputs["special"] !== false,
  minUpper: (inputs["minUpper"] as number | undefined) ?? 0,
  minLower: (inputs["minLower"] as number | undefined) ?? 0,
  minNumeric: (inputs["minNumeric"] as number | undefined) ?? 0,
  minSpecial: (inputs["minSpecial"] as number | undefined) ?? 0,
  specials: text(inputs["overrideSpecial"]),
});

/** "number" is the old name of "numeric": each follows the other. */
function complete(inputs: Values): Values {
  const numeric = inputs["numeric"] ?? inputs["number"] ?? true;
  return { ...inputs, number: numeric, numeric };
}

function verify(inputs: Values): string | undefined {
  const { number, numeric } = inputs;
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric) {
    return `"number" is ${number} and "numeric" is ${numeric}: leave out "number", which is the old name of "numeric".`;
  }
  const characters = charactersOf(complete(inputs));
  const smallest = smallestLength(characters);
  if (typeof inputs["length"] === "number" && characters.length < smallest) {
    return `length is ${characters.length}, but must be at least ${smallest}: the sum of minUpper, minLower, minNumeric and minSpecial, and at least 1.`;
  }
  if (!characters.upper && !characters.lower && !characters.numeric && !characters.special) {
    return `At least one of "upper", "lower", "numeric" and "special" must be true.`;
  }
  return undefined;
}

async function drawPassword(inputs: Values): Promise<Live> {
  const result = drawText(charactersOf(inputs));
  const hash = await bcryptHash(result);
  return { id: "none", outputs: { result: new Secret(result), bcryptHash: new Secret(hash) } };
}

/** The resource `random:index/randomString:RandomString`. */
export const randomString = resourceOf({
  fields,
  schemaVersion: 2,
  verify,
  complete,
  draw: (inputs) => {
    const result = drawText(charactersOf(inputs));
    return { id: result, outputs: { result } };
  },
});

/** The resource `random:index/randomPassword:RandomPassword`. */
export const randomPassword = resourceOf({
  fields: { ...fields, bcryptHash: { type: "string", output: true } },
  schemaVersion: 3,
  verify,
  complete,
  draw: drawPassword,
});
