/** `RandomId`: random bytes, in four notations. */
import { randomBytes } from "node:crypto";
import { text, type Live } from "../provider/provider";
import type { Values } from "../provider/values";
import { keepers, resourceOf } from "./resource";

/** The outputs for some bytes: the prefix stands before each notation, but not before the id. */
export function idOf(bytes: Buffer, prefix = ""): Live {
  const id = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return {
    id,
    outputs: {
      b64Url: prefix + id,
      b64Std: prefix + bytes.toString("base64"),
      hex: prefix + hex,
      dec: prefix + BigInt(`0x${hex}`).toString(),
    },
  };
}

const draw = ({ byteLength, prefix }: Values): Live => idOf(randomBytes(byteLength as number), text(prefix));

/** The resource `random:index/randomId:RandomId`. */
export const randomId = resourceOf({
  schemaVersion: 0,
  fields: {
    keepers,
    byteLength: { type: "number", required: true, replaces: true },
    prefix: { type: "string", replaces: true },
    b64Std: { type: "string", output: true },
    b64Url: { type: "string", output: true },
    dec: { type: "string", output: true },
    hex: { type: "string", output: true },
  },
  verify: ({ byteLength }) =>
    typeof byteLength === "number" && byteLength < 1 ? "byteLength must be at least 1." : undefined,
  draw,
});
