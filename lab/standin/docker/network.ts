/** `Network`: a network of the engine. */
import { checkInputs } from "../provider/check";
import { needsName, plannedChanges, promisedOutputs, updatedState } from "../provider/plan";
import { bridged, messageOf, text, type Resource } from "../provider/provider";
import type { Fields } from "../provider/schema";
import { isValues, type Value, type Values } from "../provider/values";
import { labelsField, labelsFromEngine, labelsToEngine } from "./labels";
import { remove } from "./removal";
import type { Docker } from "./session";

const fields: Fields = {
  name: { type: "string", replaces: true },
  labels: labelsField(),
  checkDuplicate: { type: "boolean", replaces: true },
  driver: { type: "string", replaces: true, computed: true },
  options: { type: "map", replaces: true, computed: true },
  internal: { type: "boolean", replaces: true, computed: true },
  attachable: { type: "boolean", replaces: true },
  ingress: { type: "boolean", replaces: true },
  ipv6: { type: "boolean", replaces: true },
  ipamDriver: { type: "string", replaces: true, default: "default" },
  ipamOptions: { type: "map", replaces: true },
  ipamConfigs: {
    type: "block-set",
    replaces: true,
    computed: true,
    fields: {
      subnet: { type: "string", replaces: true },
      ipRange: { type: "string", replaces: true },
      gateway: { type: "string", replaces: true },
      auxAddress: { type: "map", replaces: true },
    },
  },
  scope: { type: "string", output: true },
};

const meta = JSON.stringify({ schema_version: "1" });

interface IpamConfig {
  readonly Subnet?: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
}

/** What the engine knows of a network. */
interface Details {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Driver: string;
  readonly Options: Record<string, string> | null;
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly EnableIPv6: boolean;
  readonly Scope: string;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Record<string, string> | null;
    readonly Config: readonly IpamConfig[] | null;
  };
}

const ipamToEngine = (configs: Value): IpamConfig[] =>
  (Array.isArray(configs) ? configs : []).filter(isValues).map((config) => ({
    Subnet: text(config["subnet"]) || undefined,
    IPRange: text(config["ipRange"]) || undefined,
    Gateway: text(config["gateway"]) || undefined,
    AuxiliaryAddresses: config["auxAddress"] as Record<string, string> | undefined,
  }));

/** The engine's request for a network. */
export const networkRequest = (inputs: Values) => ({
  Name: inputs["name"],
  Labels: labelsToEngine(inputs["labels"]),
  CheckDuplicate: inputs["checkDuplicate"],
  Driver: inputs["driver"],
  Options: inputs["options"],
  Internal: inputs["internal"],
  Attachable: inputs["attachable"],
  Ingress: inputs["ingress"],
  EnableIPv6: inputs["ipv6"],
  IPAM: {
    Driver: inputs["ipamDriver"],
    Options: inputs["ipamOptions"],
    Config: ipamToEngine(inputs["ipamConfigs"]),
  },
});

const stateOf = (details: Details): Values => ({
  __meta: meta,
  name: details.Name,
  labels: labelsFromEngine(details.Labels),
  driver: details.Driver,
  options: details.Options ?? {},
  internal: details.Internal,
  attachable: details.Attachable,
  ingress: details.Ingress,
  ipv6: details.EnableIPv6,
  scope: details.Scope,
  ipamDriver: details.IPAM.Driver,
  ipamOptions: details.IPAM.Options ?? {},
  ipamConfigs: (details.IPAM.Config ?? []).map((config) => ({
    subnet: config.Subnet ?? "",
    ipRange: config.IPRange ?? "",
    gateway: config.Gateway ?? "",
    auxAddress: { ...config.AuxiliaryAddresses },
  })),
});

/** The resource `docker:index/network:Network`. */
export function networkResource(docker: Docker): Resource {
  const read = async (id: string, state: Values) => {
    const details = await docker.engine().find<Details>(`/networks/${id}`);
    return details ? { id, outputs: { ...state, ...stateOf(details) } } : { id: "", outputs: {} };
  };

  const created = async (inputs: Values): Promise<string> => {
    try {
      const json = networkRequest(inputs);
      return (await docker.engine().ask<{ Id: string }>("POST", "/networks/create", { json })).Id;
    } catch (error) {
      throw new Error(bridged(`Unable to create network: ${messageOf(error)}`));
    }
  };

  return {
    check: (request) => checkInputs(fields, request, { autoname: true }),

    diff: ({ state, inputs }) => ({
      changes: plannedChanges(fields, state, inputs),
      deleteBeforeReplace: needsName(inputs),
    }),

    async create({ inputs, preview }) {
      const outputs = promisedOutputs(fields, inputs);
      return preview ? { id: "", outputs } : read(await created(inputs), outputs);
    },

    update: ({ state, inputs }) => updatedState(fields, state, inputs),
    read: ({ id, state }) => read(id, state),

    delete: ({ id }) => remove(docker.engine(), `/networks/${id}`, "has active endpoints"),
  };
}
