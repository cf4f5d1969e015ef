/** Asks a Kubernetes cluster what it runs. */
import type { ConfigurationOptions, V1Deployment, V1Pod } from "@kubernetes/client-node";
import type { ClusterSettings } from "../core/config";
import { Refused, Unreachable, messageOf } from "../core/errors";
import type { Receipt } from "../core/receipt";
import { digestOf } from "../core/release";
import { inTries } from "./tries";

/** A cluster that does not answer a question in this time is given up. */
const answerMilliseconds = 5_000;

/** What a cluster says that it runs; see `ask` for what it throws. */
export async function probeCluster(
  service: string,
  settings: ClusterSettings,
  tries: number,
): Promise<Receipt> {
  // Loaded when it is needed: it takes longer to load than all else.
  const { AppsV1Api, CoreV1Api, KubeConfig, Observable } = await import("@kubernetes/client-node");
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
  /** An option of a request: it is given up in time. */
  const limited = (): ConfigurationOptions => ({
    middleware: [
      {
        pre: (context) => {
          context.setSignal(AbortSignal.timeout(answerMilliseconds));
          return new Observable(Promise.resolve(context));
        },
        post: (context) => new Observable(Promise.resolve(context)),
      },
    ],
    middlewareMergeStrategy: "append",
  });
  return inTries({ tries, retryDelaySeconds: 1 }, async () => {
    try {
      const [deployment, pods] = await Promise.all([
        config.makeApiClient(AppsV1Api).readNamespacedDeployment({ name: service, namespace }, limited()),
        config
          .makeApiClient(CoreV1Api)
          .listNamespacedPod({ namespace, labelSelector: `app.kubernetes.io/name=${service}` }, limited()),
      ]);
      return read(pods.items, deployment);
    } catch (error) {
      return explain(error, settings.name);
    }
  });
}

/** A receipt from the pods that serve: of the newest image among those that are ready. */
export function read(pods: readonly V1Pod[], { spec }: Pick<V1Deployment, "spec">): Receipt {
  const replicas = spec?.replicas ?? 1;
  const asked = digestOf(spec?.template.spec?.containers[0]?.image ?? "");
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
    // Old pods that still serve mean that an update has not come through, or that somebody asked for an image that does not come.
    health:
      serving.length >= replicas && serving.length === ready.length && asked === image
        ? "healthy"
        : "unhealthy",
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
  if (/certificate|self.signed|altname/i.test(cause)) {
    throw new Refused(`${name} refused: ${cause}`);
  }
  throw new Unreachable(`${name} does not answer: ${cause}`);
}
