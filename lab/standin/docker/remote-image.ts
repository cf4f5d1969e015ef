/** `RemoteImage`: an image that the engine pulls. */
import { checkInputs } from "../provider/check";
import { plannedChanges, promisedOutputs, updatedState } from "../provider/plan";
import { bridged, messageOf, text, type Live, type Resource } from "../provider/provider";
import type { Fields } from "../provider/schema";
import type { Values } from "../provider/values";
import { findImage, localImage, repoDigestOf, type ImageDetails } from "./pull";
import type { Docker } from "./session";

const fields: Fields = {
  name: { type: "string", required: true, replaces: true },
  build: { type: "any" },
  forceRemove: { type: "boolean" },
  keepLocally: { type: "boolean" },
  platform: { type: "string", replaces: true },
  pullTriggers: { type: "set", replaces: true },
  triggers: { type: "map", replaces: true },
  imageId: { type: "string", output: true },
  repoDigest: { type: "string", output: true },
};

const refused = {
  build:
    "The stand-in for Pulumi's docker provider builds no RemoteImage: use Image, or install the official plugin.",
};

const live = (state: Values, details: ImageDetails): Live => {
  const name = text(state["name"]);
  return {
    id: `${details.Id}${name}`,
    outputs: { ...state, imageId: details.Id, repoDigest: repoDigestOf(name, details) },
  };
};

/** The resource `docker:index/remoteImage:RemoteImage`. */
export function remoteImageResource(docker: Docker): Resource {
  const pulled = async (state: Values): Promise<Live> => {
    try {
      return live(state, await findImage(docker, text(state["name"]), text(state["platform"]) || undefined));
    } catch (error) {
      throw new Error(bridged(`Unable to read Docker image into resource: ${messageOf(error)}`));
    }
  };

  return {
    check: (request) => checkInputs(fields, request, { refused }),
    diff: ({ state, inputs }) => ({ changes: plannedChanges(fields, state, inputs) }),

    create({ inputs, preview }) {
      const outputs = promisedOutputs(fields, inputs);
      return preview ? { id: "", outputs } : pulled(outputs);
    },

    async update({ state, inputs, preview }) {
      const outputs = updatedState(fields, state, inputs);
      return preview ? outputs : (await pulled(outputs)).outputs;
    },

    async read({ state }) {
      const details = await localImage(docker.engine(), text(state["name"]));
      return details ? live(state, details) : { id: "", outputs: {} };
    },

    async delete({ state }) {
      const name = text(state["name"]);
      if (state["keepLocally"] === true || !(await localImage(docker.engine(), name))) return;
      const query = { force: state["forceRemove"] === true ? "1" : undefined };
      try {
        await docker.engine().ask("DELETE", `/images/${name}`, { query });
      } catch (error) {
        throw new Error(bridged(`Unable to remove Docker image: ${messageOf(error)}`));
      }
    },
  };
}
