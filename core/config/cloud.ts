/** Settings of a stack that runs the service in a cloud: clusters, and docker hosts for users without one. */
import { z } from "zod";
import { count, dockerEngine, file, name, publishing, serving, settings, text } from "./common";

const quantityText = "a Kubernetes quantity, e.g. 100m or 64Mi";
const quantity = text(quantityText).regex(/^\d+(\.\d+)?(m|k|[MGTPE]|[KMGTPE]i|e\d+)?$/, {
  error: quantityText,
});

/** One of `hms:clusters`. */
export const clusterSettings = settings({
  name,
  /** Path of a kubeconfig. @default KUBECONFIG, or ~/.kube/config */
  kubeconfig: file.optional(),
  /** The kubeconfig's context. @default its current one */
  context: text("the name of a context").optional(),
  /** The namespace that is made for the service. @default the service's name */
  namespace: name.optional(),
  /** How many pods serve. @default 2 */
  replicas: count(1, 1000).default(2),
  /** Path that answers 200 when a pod can serve. @default /healthz */
  healthPath: text("a path that begins with /")
    .startsWith("/", { error: "a path that begins with /" })
    .default("/healthz"),
  /** What a pod asks for. @default 50m and 64Mi */
  requests: settings({ cpu: quantity.default("50m"), memory: quantity.default("64Mi") }).prefault({}),
  /** What a pod may take. @default 500m and 256Mi */
  limits: settings({ cpu: quantity.default("500m"), memory: quantity.default("256Mi") }).prefault({}),
  ...serving,
});

/** One of `hms:dockerHosts`. */
export const dockerHostSettings = settings({
  name,
  /** The docker engine. @default DOCKER_HOST, or the machine's own */
  host: dockerEngine.optional(),
  ...publishing,
  ...serving,
});

/** `hms:clusters`, checked. */
export type ClusterSettings = z.infer<typeof clusterSettings>;

/** `hms:dockerHosts`, checked. */
export type DockerHostSettings = z.infer<typeof dockerHostSettings>;
