/** `Volume`: a volume of the engine. */
import { checkInputs } from "../provider/check";
import { needsName, plannedChanges, promisedOutputs, updatedState } from "../provider/plan";
import { bridged, messageOf, type Resource } from "../provider/provider";
import type { Fields } from "../provider/schema";
import type { Values } from "../provider/values";
import { labelsField, labelsFromEngine, labelsToEngine } from "./labels";
import { remove } from "./removal";
import type { Docker } from "./session";

const fields: Fields = {
  name: { type: "string", replaces: true, computed: true },
  labels: labelsField(),
  driver: { type: "string", replaces: true, computed: true },
  driverOpts: { type: "map", replaces: true },
  cluster: { type: "any", replaces: true },
  mountpoint: { type: "string", output: true },
};

const refused = {
  cluster:
    "The stand-in for Pulumi's docker provider has no cluster volumes. Install the official plugin to use them.",
};

const meta = JSON.stringify({ schema_version: "1" });

interface Details {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Driver: string;
  readonly Options: Record<string, string> | null;
  readonly Mountpoint: string;
}

const stateOf = (details: Details): Values => ({
  __meta: meta,
  name: details.Name,
  labels: labelsFromEngine(details.Labels),
  driver: details.Driver,
  driverOpts: details.Options ?? {},
  mountpoint: details.Mountpoint,
});

/** The resource `docker:index/volume:Volume`. */
export function volumeResource(docker: Docker): Resource {
  const created = async (inputs: Values): Promise<Details> => {
    const json = {
      Name: inputs["name"],
      Labels: labelsToEngine(inputs["labels"]),
      Driver: inputs["driver"],
      DriverOpts: inputs["driverOpts"],
    };
    try {
      return await docker.engine().ask<Details>("POST", "/volumes/create", { json });
    } catch (error) {
      throw new Error(bridged(`Unable to create volume: ${messageOf(error)}`));
    }
  };

  return {
    check: (request) => checkInputs(fields, request, { autoname: true, refused }),

    diff: ({ state, inputs }) => ({
      changes: plannedChanges(fields, state, inputs),
      deleteBeforeReplace: needsName(inputs),
    }),

    async create({ inputs, preview }) {
      const outputs = promisedOutputs(fields, inputs);
      if (preview) return { id: "", outputs };
      const details = await created(inputs);
      return { id: details.Name, outputs: { ...outputs, ...stateOf(details) } };
    },

    update: ({ state, inputs }) => updatedState(fields, state, inputs),

    async read({ id, state }) {
      const details = await docker.engine().find<Details>(`/volumes/${id}`);
      return details ? { id, outputs: { ...state, ...stateOf(details) } } : { id: "", outputs: {} };
    },

    delete: ({ id }) => remove(docker.engine(), `/volumes/${id}`, "volume is in use"),
  };
}
