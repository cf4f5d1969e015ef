/** Asks a Kubernetes cluster what it runs. */
import type { V1Pod } from "@kubernetes/client-node";
import type { ClusterSettings } from "../core/config";
import { Refused, Unreachable, messageOf } from "../core/errors";
import type { Receipt } from "../core/receipt";
import { digestOf } from "../core/release";

/** What a cluster says that it runs; see `ask` for what it throws. */
export async function probeCluster(service: string, settings: ClusterSettings): Promise<Receipt> {
  // Loaded when it is needed: it takes longer to load than all else.
  const { AppsV1Api, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (settings.kubeconfig === undefined) {
    config.loadFromDefault();
  } else {
    config.loadFromFile(settings.kubeconfig);
  }
  if (settings.context !== undefined) {
    config.setCurrentContext(settings.context);
  }
  const namespace = settings.namespace ?? service;
  try {
    const [deployment, pods] = await Promise.all([
      config.makeApiClient(AppsV1Api).readNamespacedDeployment({ name: service, namespace }),
      config
        .makeApiClient(CoreV1Api)
        .listNamespacedPod({ namespace, labelSelector: `app.kubernetes.io/name=${service}` }),
    ]);
    return read(pods.items, deployment.spec?.replicas ?? 1);
  } catch (error) {
    return explain(error, settings.name);
  }
}

/** A receipt from the pods that serve: of the newest image among those that are ready. */
export function read(pods: readonly V1Pod[], replicas: number): Receipt {
  const ready = pods
    .filter((pod) => pod.metadata?.deletionTimestamp === undefined)
    .filter((pod) =>
      pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    )
    .sort((a, b) => startOf(b) - startOf(a));
  const newest = ready[0];
  if (newest === undefined) {
    return { kind: "nothing" };
  }
  const image = imageOf(newest);
  const serving = ready.filter((pod) => imageOf(pod) === image);
  return {
    kind: "runs",
    image,
    // Old pods that still serve mean that the update has not come through.
    health: serving.length >= replicas && serving.length === ready.length ? "healthy" : "unhealthy",
    since: new Date(Math.max(...serving.map(startOf))).toISOString(),
    units: serving.map((pod) => pod.metadata?.name ?? ""),
  };
}

function startOf(pod: V1Pod): number {
  return pod.status?.startTime?.getTime() ?? 0;
}

/** The digest that the node says it runs. */
function imageOf(pod: V1Pod): string {
  return digestOf(pod.status?.containerStatuses?.[0]?.imageID ?? "");
}

function explain(error: unknown, name: string): Receipt {
  const code = (error as { code?: number | string }).code;
  if (code === 404) {
    return { kind: "nothing" };
  }
  const cause = messageOf((error as { cause?: unknown }).cause ?? error).split("\n")[0] ?? "";
  if (typeof code === "number") {
    throw new Refused(`${name} refused: HTTP ${String(code)}`);
  }
  throw new Unreachable(`${name} does not answer: ${cause}`);
}
