/** The life of a container. */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { checkInputs } from "../../provider/check";
import { plannedChanges, promisedOutputs, updatedState, withoutDefaults } from "../../provider/plan";
import {
  bridged,
  InitializationFailed,
  messageOf,
  text,
  type Context,
  type Live,
  type Resource,
} from "../../provider/provider";
import type { Values } from "../../provider/values";
import { EngineError, olderVersion } from "../api";
import { findImage } from "../pull";
import type { Docker } from "../session";
import { tarArchive } from "../tar";
import {
  connectRequest,
  containerRequest,
  networksOf,
  updatableInputs,
  updateRequest,
  uploadsOf,
} from "./request";
import { containerFields, refusedInputs } from "./schema";
import { containerState, type Inspection } from "./state";

const meta = JSON.stringify({ schema_version: "2" });

/** What the program need not give, and the engine is not asked for. */
const unread: Values = { envs: [], labels: [] };

/** Milliseconds after the start before the container is looked at, and between looks at its health. */
const settling = 100;
const betweenLooks = 250;

/** A container that did not come up and is gone again. */
class Vanished extends Error {}

const outputsOf = (known: Values, container: Inspection): Values => ({
  __meta: meta,
  ...unread,
  ...known,
  ...containerState(container),
});

function contentOf(upload: Values): Buffer {
  const { content, contentBase64, source } = upload;
  const given = [content, contentBase64, source].filter((value) => text(value) !== "");
  if (given.length !== 1) {
    throw new Error(
      "error with upload content: exactly one of 'content', 'contentBase64', or 'source' must be set",
    );
  }
  if (text(content) !== "") return Buffer.from(text(content));
  return text(source) === "" ? Buffer.from(text(contentBase64), "base64") : readFileSync(text(source));
}

function modeOf(upload: Values): number {
  if (text(upload["permissions"]) !== "") return Number.parseInt(text(upload["permissions"]), 8);
  return upload["executable"] === true ? 0o744 : 0o644;
}

/** The resource `docker:index/container:Container`. */
export function containerResource(docker: Docker): Resource {
  const inspect = (id: string) => docker.engine().find<Inspection>(`/containers/${id}/json`);

  /** Does one step; its error says which. */
  async function step<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw new Error(`${what}: ${messageOf(error)}`);
    }
  }

  async function createContainer(inputs: Values): Promise<string> {
    const image = text(inputs["image"]);
    await step(`Unable to create container with image ${image}`, findImage(docker, image));
    const json = containerRequest(inputs);
    const version = await docker.engine().ping();
    if (json.Healthcheck?.StartInterval !== undefined && olderVersion(version, "1.44") !== "1.44") {
      throw new Error(
        `Unable to create container: "specify health-check start interval" requires API version 1.44, but the Docker daemon API version is ${version}`,
      );
    }
    const created = docker.engine().ask<{ Id: string }>("POST", "/containers/create", {
      query: { name: text(inputs["name"]) },
      json,
    });
    return (await step("Unable to create container", created)).Id;
  }

  async function leaveBridge(id: string): Promise<void> {
    const json = { Container: id };
    try {
      await docker.engine().ask("POST", "/networks/bridge/disconnect", { json });
    } catch (error) {
      if (messageOf(error).includes("is not connected to")) return;
      throw new Error(`Unable to disconnect the default network: ${messageOf(error)}`);
    }
  }

  async function joinNetworks(id: string, networks: Values[]): Promise<void> {
    if (networks.length > 0) await leaveBridge(id);
    for (const network of networks) {
      const name = text(network["name"]);
      const joined = docker.engine().ask("POST", `/networks/${name}/connect`, {
        json: connectRequest(id, network),
      });
      await step(`Unable to connect to network '${name}'`, joined);
    }
  }

  async function upload(id: string, files: Values[]): Promise<void> {
    for (const file of files) {
      const entry = {
        name: text(file["file"]).replace(/^\//, ""),
        mode: modeOf(file),
        content: contentOf(file),
      };
      const archive = tarArchive([{ ...entry, modified: new Date() }]);
      const query = { path: "/" };
      const put = docker.engine().ask("PUT", `/containers/${id}/archive`, { query, archive });
      await step("Unable to upload volume content", put);
    }
  }

  async function awaitHealth(id: string, seconds: number, context: Context): Promise<void> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
      const container = await inspect(id);
      if (container && !container.State.Health) {
        throw new Error(`The container has no healthcheck, and "wait" needs one.`);
      }
      if (container?.State.Health?.Status === "healthy") return;
      await pause(betweenLooks, undefined, { signal: context.signal });
    }
    throw new Error("container failed to be in healthy state");
  }

  /** What is to run, but does not, is taken away again. */
  async function settle(id: string, inputs: Values, started: Date | undefined): Promise<Inspection> {
    await pause(settling);
    const container = await inspect(id);
    if (!container) throw new Vanished("container failed to be created");
    if (container.State.Running || inputs["mustRun"] === false) return container;
    await removeContainer(id, inputs);
    if (!started) throw new Vanished("container failed to be created");
    const ended = new Date(container.State.FinishedAt) > started;
    throw new Vanished(ended ? "container exited immediately" : "container failed to be in running state");
  }

  async function startContainer(id: string, inputs: Values, context: Context): Promise<Inspection> {
    await joinNetworks(id, networksOf(inputs));
    await upload(id, uploadsOf(inputs));
    if (inputs["start"] === false) return settle(id, inputs, undefined);
    const started = new Date();
    await step("Unable to start container", docker.engine().ask("POST", `/containers/${id}/start`));
    if (inputs["wait"] === true) await awaitHealth(id, Number(inputs["waitTimeout"]), context);
    return settle(id, inputs, started);
  }

  async function create(inputs: Values, context: Context): Promise<Live> {
    const given = withoutDefaults(inputs);
    let id = "";
    try {
      id = await createContainer(given);
      const container = await startContainer(id, given, context);
      return { id: container.Id, outputs: outputsOf(given, container) };
    } catch (error) {
      const reason = bridged(messageOf(error));
      if (id === "" || error instanceof Vanished) throw new Error(reason);
      throw new InitializationFailed({ id, outputs: { __meta: meta, ...unread, ...given } }, reason);
    }
  }

  async function stop(id: string, state: Values): Promise<void> {
    const query = { t: String(Number(state["destroyGraceSeconds"] ?? 0)) };
    await step(
      `Error stopping container ${id}`,
      docker.engine().ask("POST", `/containers/${id}/stop`, { query }),
    );
  }

  /** The engine removes such a container by itself, but takes its time. */
  async function awaitRemoval(id: string): Promise<void> {
    try {
      await docker.engine().ask("POST", `/containers/${id}/wait`, { query: { condition: "removed" } });
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 404)) throw error;
    }
  }

  async function removeContainer(id: string, state: Values): Promise<void> {
    await stop(id, state);
    const query = { v: state["removeVolumes"] === false ? undefined : "1", force: "1" };
    try {
      await docker.engine().ask("DELETE", `/containers/${id}`, { query });
    } catch (error) {
      const ignored =
        error instanceof EngineError &&
        (error.status === 404 || error.reason.includes("is already in progress"));
      if (!ignored) throw new Error(`Error deleting container ${id}: ${messageOf(error)}`);
    }
    if (state["rm"] === true) await awaitRemoval(id);
  }

  return {
    check: (request) => checkInputs(containerFields, request, { autoname: true, refused: refusedInputs }),

    diff: ({ state, inputs }) => ({
      changes: plannedChanges(containerFields, state, inputs),
      deleteBeforeReplace: true,
    }),

    create({ inputs, preview }, context) {
      return preview
        ? { id: "", outputs: promisedOutputs(containerFields, inputs) }
        : create(inputs, context);
    },

    async update({ id, state, inputs, preview }) {
      const outputs = updatedState(containerFields, state, inputs);
      const changed = plannedChanges(containerFields, state, inputs).some(({ path }) =>
        updatableInputs.includes(path),
      );
      if (preview || !changed) return outputs;
      try {
        await docker.engine().ask("POST", `/containers/${id}/update`, { json: updateRequest(inputs) });
      } catch (error) {
        throw new Error(bridged(`Unable to update a container: ${messageOf(error)}`));
      }
      return outputs;
    },

    // A container that should run and does not counts as gone, and is removed: so it is with the official plugin.
    async read({ id, state }) {
      const container = await inspect(id);
      if (!container) return { id: "", outputs: {} };
      if (container.State.Running || state["mustRun"] === false) {
        return { id: container.Id, outputs: outputsOf(state, container) };
      }
      await removeContainer(id, state);
      return { id: "", outputs: {} };
    },

    async delete({ id, state }) {
      try {
        await removeContainer(id, state);
      } catch (error) {
        throw new Error(bridged(messageOf(error)));
      }
    },
  };
}
