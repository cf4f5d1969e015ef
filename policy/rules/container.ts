/** Rules on containers of docker hosts. */
import path from "node:path";
import type * as docker from "@pulumi/docker";
import type { Unwrap } from "@pulumi/pulumi";
import { type Check, rule } from "../rule";

type Container = Unwrap<docker.ContainerArgs>;

/** A check of every docker container. Its sentences begin after the container's name. */
function onContainers<S extends object>(
  check: (container: Container, settings: S) => Iterable<string>,
): Check<S> {
  return function* ({ type, name, props }, settings) {
    if (type === "docker:index/container:Container") {
      for (const sentence of check(props as Container, settings)) {
        yield `${name} ${sentence}`;
      }
    }
  };
}

/** What breaks out of a container finds no rights on its host. */
export const containerIsolation = rule({
  name: "container-isolation",
  reason:
    "A container is kept from its host: no privileges, no namespace of the host's, no added capability.",
  remedy:
    'Leave out what the message names; drop all capabilities, and set securityOpts to ["no-new-privileges"].',
  severity: "critical",
  control: "AC-6",
  waivable: true,
  checks: [
    onContainers(privileged),
    onContainers(hostNamespaces),
    onContainers(hostNetwork),
    onContainers(addedCapabilities),
    onContainers(droppedCapabilities),
    onContainers(securityOptions),
    onContainers(devices),
  ],
});

function* privileged(container: Container): Iterable<string> {
  if (container.privileged === true) {
    yield "is privileged. Leave out privileged.";
  }
}

function* hostNamespaces(container: Container): Iterable<string> {
  for (const field of ["networkMode", "pidMode", "ipcMode", "usernsMode", "cgroupnsMode"] as const) {
    const mode = container[field] ?? "";
    if (mode === "host" || mode.startsWith("container:")) {
      yield `has the ${field} ${mode}. Leave it out.`;
    }
  }
}

/** A network by the name of "host" is the host's own. */
function* hostNetwork(container: Container): Iterable<string> {
  if (container.networksAdvanced?.some(({ name }) => name === "host") === true) {
    yield "is in the host's network. Give it a network of its own.";
  }
}

function* addedCapabilities({ capabilities }: Container): Iterable<string> {
  const added = capabilities?.adds ?? [];
  if (added.length > 0) {
    yield `adds the capabilities ${added.join(", ")}. Leave out capabilities.adds.`;
  }
}

function* droppedCapabilities({ capabilities }: Container): Iterable<string> {
  if (capabilities?.drops?.some((name) => /^(CAP_)?ALL$/i.test(name)) !== true) {
    yield 'keeps capabilities. Set capabilities.drops to ["ALL"].';
  }
}

function* securityOptions({ securityOpts = [] }: Container): Iterable<string> {
  if (!securityOpts.some((option) => /^no-new-privileges([:=]true)?$/.test(option))) {
    yield 'may gain privileges. Set securityOpts to ["no-new-privileges"].';
  }
  for (const option of securityOpts.filter((each) => /[:=](unconfined|disable)$/.test(each))) {
    yield `has the security option ${option}. Leave it out.`;
  }
}

function* devices(container: Container): Iterable<string> {
  for (const { hostPath } of container.devices ?? []) {
    yield `is given the device ${hostPath}. Leave it out.`;
  }
}

interface Folders {
  /** Folders of the host that may be bound. */
  readonly folders?: readonly string[];
}

/** The files of a host are the host, and its docker socket is all of it. */
export const containerMounts = rule<Folders>({
  name: "container-mounts",
  reason:
    "A container sees nothing of its host's files, and never the docker socket: who has it has the host.",
  remedy: "Use a named volume, or name the folder in `folders`. The docker socket has no exception.",
  severity: "critical",
  control: "CM-7",
  settings: {
    folders: {
      type: "array",
      description: "Folders of the host that containers may bind, with what lies in them.",
      items: { type: "string", pattern: "^/." },
    },
  },
  checks: [
    onContainers(function* ({ volumes }, { folders }: Folders) {
      for (const { hostPath, fromContainer } of volumes ?? []) {
        yield* bound(hostPath, folders);
        if (fromContainer !== undefined) {
          yield `takes the volumes of ${fromContainer}. Name the volumes that it needs.`;
        }
      }
    }),
    onContainers(function* ({ mounts }, { folders }: Folders) {
      for (const { type, source } of mounts ?? []) {
        if (type === "bind" || type === "npipe") {
          yield* bound(source ?? "", folders);
        }
      }
    }),
    function* ({ type, name, props }, { folders }) {
      const { driverOpts } = props as { driverOpts?: { device?: string } };
      if (type === "docker:index/volume:Volume" && driverOpts?.device?.startsWith("/") === true) {
        for (const sentence of bound(driverOpts.device, folders)) {
          yield `${name} ${sentence}`;
        }
      }
    },
  ],
});

const socket = /(^|\/)(docker|containerd|crio|podman)\.sock$|docker_engine/;

function* bound(given: string | undefined, folders: readonly string[] = []): Iterable<string> {
  if (given === undefined) {
    return;
  }
  const file = path.posix.normalize(given);
  if (socket.test(file)) {
    yield `binds ${file}: who has the docker socket has the host. Leave it out.`;
  } else if (!folders.some((folder) => isInside(file, folder))) {
    yield `binds ${file} of its host. Use a named volume, or name the folder in policy-config.json.`;
  }
}

function isInside(file: string, folder: string): boolean {
  const way = path.posix.relative(folder, file);
  return way !== ".." && !way.startsWith("../");
}
