/** `RandomUuid`: a version 4 UUID. */
import { randomUUID } from "node:crypto";
import { keepers, resourceOf } from "./resource";

/** The resource `random:index/randomUuid:RandomUuid`. */
export const randomUuid = resourceOf({
  schemaVersion: 0,
  fields: { keepers, result: { type: "string", output: true } },
  draw: () => {
    const result = randomUUID();
    return { id: result, outputs: { result } };
  },
});
