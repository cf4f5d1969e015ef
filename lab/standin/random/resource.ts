/** What all random values have in common: made once, kept until an input changes, nothing to read or delete. */
import { checkInputs } from "../provider/check";
import { plannedChanges, promisedOutputs, updatedState } from "../provider/plan";
import type { Live, Resource } from "../provider/provider";
import type { Field, Fields } from "../provider/schema";
import type { Values } from "../provider/values";

/** Values that, when they change, bring a new random value. */
export const keepers: Field = { type: "map", replaces: true };

/** A random value. */
export interface Kind {
  readonly fields: Fields;
  /** The version of the official plugin's state. */
  readonly schemaVersion: number;
  /** The inputs as they count, where one stands for another. @default as they are */
  readonly complete?: (inputs: Values) => Values;
  /** What is wrong with the inputs taken together, if anything. @default nothing */
  readonly verify?: (inputs: Values) => string | undefined;
  /** Draws the value. */
  readonly draw: (inputs: Values) => Live | Promise<Live>;
}

/** The resource of a kind of random value. */
export function resourceOf(kind: Kind): Resource {
  const { fields, schemaVersion, verify, complete = (inputs: Values): Values => inputs, draw } = kind;
  return {
    check(request) {
      const checked = checkInputs(fields, request, { defaults: false });
      const reason = checked.failures.length === 0 ? verify?.(checked.inputs) : undefined;
      return reason === undefined ? checked : { ...checked, failures: [{ property: "", reason }] };
    },
    diff: ({ state, inputs }) => ({ changes: plannedChanges(fields, state, complete(inputs)) }),
    async create({ inputs, preview }) {
      const promised = promisedOutputs(fields, complete(inputs));
      if (preview) return { id: "", outputs: promised };
      const { id, outputs } = await draw(promised);
      const meta = JSON.stringify({ schema_version: String(schemaVersion) });
      return { id, outputs: { ...promised, ...outputs, __meta: meta } };
    },
    update: ({ state, inputs }) => updatedState(fields, state, complete(inputs)),
    read: ({ id, state }) => ({ id, outputs: state }),
    delete() {
      // There is nothing but the state.
    },
  };
}
