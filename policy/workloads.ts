/** The pods in the resources of Kubernetes. */
import type * as kubernetes from "@pulumi/kubernetes";
import type { Unwrap } from "@pulumi/pulumi";
import type { Check, Resource } from "./rule";

type Types = Unwrap<{
  pod: kubernetes.types.input.core.v1.PodSpec;
  container: kubernetes.types.input.core.v1.Container;
  metadata: kubernetes.types.input.meta.v1.ObjectMeta;
}>;

/** A pod's specification. */
export type PodSpec = Types["pod"];

/** A container of a pod, of whichever of its three lists. */
export type Container = Types["container"];

/** A pod, or the template of pods. */
export interface Pod {
  readonly metadata?: Types["metadata"];
  readonly spec: PodSpec;
}

interface Template {
  readonly metadata?: Types["metadata"];
  readonly spec?: PodSpec;
}

/** The kind of a resource of Kubernetes, of whatever group and version. */
export function kindOf(type: string): string | undefined {
  return /^kubernetes:.+:(\w+)$/.exec(type)?.[1];
}

/** The pod in a resource, if it makes any. */
export function podOf({ type, props }: Pick<Resource, "type" | "props">): Pod | undefined {
  const template = templateOf(kindOf(type), props);
  return template === undefined
    ? undefined
    : { metadata: template.metadata, spec: template.spec ?? { containers: [] } };
}

function templateOf(kind: string | undefined, props: object): Template | undefined {
  switch (kind) {
    case "Pod":
      return props;
    case "PodTemplate":
      return (props as { template?: Template }).template ?? {};
    case "Deployment":
    case "StatefulSet":
    case "DaemonSet":
    case "ReplicaSet":
    case "ReplicationController":
    case "Job":
      return (props as { spec?: { template?: Template } }).spec?.template ?? {};
    case "CronJob":
      return (
        (props as { spec?: { jobTemplate?: { spec?: { template?: Template } } } }).spec?.jobTemplate?.spec
          ?.template ?? {}
      );
    default:
      return undefined;
  }
}

/** The containers of a pod, those that run first and those for debugging too. */
export function containersOf({ containers, initContainers, ephemeralContainers }: PodSpec): Container[] {
  const all: readonly (readonly Container[] | undefined)[] = [
    containers,
    initContainers,
    ephemeralContainers,
  ];
  return all.flatMap((list) => [...(list ?? [])]);
}

/** A check of every pod that a resource makes. Its sentences begin after the resource's name. */
export function onPods<S extends object>(check: (pod: Pod, settings: S) => Iterable<string>): Check<S> {
  return function* (resource, settings) {
    const pod = podOf(resource);
    if (pod !== undefined) {
      for (const sentence of check(pod, settings)) {
        yield `${resource.name}: ${sentence}`;
      }
    }
  };
}

/** A check of every container that a resource runs in a pod. Its sentences begin after the container's name. */
export function onContainers<S extends object>(
  check: (container: Container, settings: S) => Iterable<string>,
): Check<S> {
  return onPods(function* (pod, settings: S) {
    for (const container of containersOf(pod.spec)) {
      for (const sentence of check(container, settings)) {
        yield `container ${container.name} ${sentence}`;
      }
    }
  });
}
