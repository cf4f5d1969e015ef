/** Pod Security, level "restricted": every control of the Kubernetes documentation, as of 1.37. */
import { rule } from "../rule";
import { containersOf, onContainers, onPods, type Container, type PodSpec } from "../workloads";

/**
 * What a pod may do to its node, and with whose rights.
 *
 * The standard lets a pod go that runs on Windows or in a user namespace where it holds others; here all are held.
 */
export const podSecurity = rule({
  name: "pod-security",
  reason:
    'A pod keeps to the Pod Security level "restricted": what breaks out of it finds no rights outside.',
  remedy: 'Set the field that the message names as Pod Security "restricted" wants it.',
  severity: "critical",
  control: "AC-6",
  waivable: true,
  checks: [
    onPods(hostProcess),
    onPods(hostNamespaces),
    onContainers(privileged),
    onContainers(addedCapabilities),
    onContainers(droppedCapabilities),
    onPods(volumeTypes),
    onContainers(hostPorts),
    onContainers(probeHosts),
    onPods(appArmor),
    onPods(seLinux),
    onContainers(procMount),
    onPods(seccomp),
    onPods(sysctls),
    onContainers(privilegeEscalation),
    onPods(runAsNonRoot),
    onPods(runAsUser),
  ],
});

type SecurityContext = NonNullable<Container["securityContext"] | PodSpec["securityContext"]>;

/** The pod's own security context and that of each container, each with what it is called. */
function contextsOf(spec: PodSpec): { readonly who: string; readonly context: SecurityContext }[] {
  return [
    { who: "the pod", context: spec.securityContext ?? {} },
    ...containersOf(spec).map(({ name, securityContext }) => ({
      who: `container ${name}`,
      context: securityContext ?? {},
    })),
  ];
}

function* hostProcess({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const { who, context } of contextsOf(spec)) {
    if (context.windowsOptions?.hostProcess === true) {
      yield `${who} is a process of its Windows node. Leave out securityContext.windowsOptions.hostProcess.`;
    }
  }
}

function* hostNamespaces({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const field of ["hostNetwork", "hostPID", "hostIPC"] as const) {
    if (spec[field] === true) {
      yield `the pod shares its node's ${field.slice("host".length)}. Leave out ${field}.`;
    }
  }
}

function* privileged({ securityContext }: Container): Iterable<string> {
  if (securityContext?.privileged === true) {
    yield "is privileged. Leave out securityContext.privileged.";
  }
}

function* addedCapabilities({ securityContext }: Container): Iterable<string> {
  const added = (securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  if (added.length > 0) {
    yield `adds the capabilities ${added.join(", ")}. Leave out securityContext.capabilities.add.`;
  }
}

function* droppedCapabilities({ securityContext }: Container): Iterable<string> {
  if (securityContext?.capabilities?.drop?.includes("ALL") !== true) {
    yield 'keeps capabilities. Set securityContext.capabilities.drop to ["ALL"].';
  }
}

const volumeKinds = [
  ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"],
  ...["persistentVolumeClaim", "projected", "secret"],
];

function* volumeTypes({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const volume of spec.volumes ?? []) {
    const set = Object.entries(volume as object).filter(([, value]) => value !== undefined);
    const other = set.map(([key]) => key).filter((key) => key !== "name" && !volumeKinds.includes(key));
    if (other.length > 0) {
      yield `volume ${volume.name} is a ${other.join(", ")}. Allowed: ${volumeKinds.join(", ")}.`;
    }
  }
}

function* hostPorts({ ports }: Container): Iterable<string> {
  for (const { hostPort } of ports ?? []) {
    if ((hostPort ?? 0) !== 0) {
      yield `takes port ${hostPort ?? 0} of its node. Leave out hostPort, and use a Service.`;
    }
  }
}

function* probeHosts({
  livenessProbe,
  readinessProbe,
  startupProbe,
  lifecycle,
}: Container): Iterable<string> {
  const { postStart, preStop } = lifecycle ?? {};
  const asked = { livenessProbe, readinessProbe, startupProbe, postStart, preStop };
  for (const [name, action] of Object.entries(asked)) {
    for (const { host = "" } of [action?.httpGet ?? {}, action?.tcpSocket ?? {}]) {
      if (host !== "") {
        yield `asks ${host} in its ${name}. Leave out the host: it is the pod's own.`;
      }
    }
  }
}

const appArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

function* appArmor({ metadata, spec }: Parameters<Parameters<typeof onPods>[0]>[0]): Iterable<string> {
  for (const { who, context } of contextsOf(spec)) {
    const type = context.appArmorProfile?.type;
    if (type !== undefined && type !== "RuntimeDefault" && type !== "Localhost") {
      yield `${who} has the AppArmor profile ${type}. Allowed: RuntimeDefault, Localhost.`;
    }
  }
  for (const [key, value] of Object.entries(metadata?.annotations ?? {})) {
    if (key.startsWith(appArmorAnnotation) && !/^(runtime\/default|localhost\/.*)?$/.test(value)) {
      yield `container ${key.slice(appArmorAnnotation.length)} has the AppArmor profile ${value}. Leave out the annotation.`;
    }
  }
}

const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

function* seLinux({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const { who, context } of contextsOf(spec)) {
    const { type = "", user = "", role = "" } = context.seLinuxOptions ?? {};
    if (!seLinuxTypes.includes(type)) {
      yield `${who} has the SELinux type ${type}. Allowed: ${seLinuxTypes.slice(1).join(", ")}.`;
    }
    if (user !== "" || role !== "") {
      yield `${who} sets an SELinux user or role. Leave out seLinuxOptions.user and seLinuxOptions.role.`;
    }
  }
}

function* procMount({ securityContext }: Container): Iterable<string> {
  const mount = securityContext?.procMount ?? "Default";
  if (mount !== "Default") {
    yield `mounts /proc as ${mount}. Leave out securityContext.procMount.`;
  }
}

const seccompTypes = ["RuntimeDefault", "Localhost"];

function* seccomp({ spec }: { spec: PodSpec }): Iterable<string> {
  const [pod, ...containers] = contextsOf(spec).map(({ who, context }) => ({
    who,
    type: context.seccompProfile?.type,
  }));
  for (const { who, type } of [...(pod?.type === undefined ? [] : [pod]), ...containers]) {
    const effective = type ?? pod?.type;
    if (effective === undefined) {
      yield `${who} has no seccomp profile. Set the pod's securityContext.seccompProfile.type to RuntimeDefault.`;
    } else if (type !== undefined && !seccompTypes.includes(type)) {
      yield `${who} has the seccomp profile ${type}. Allowed: ${seccompTypes.join(", ")}.`;
    }
  }
}

const safeSysctls = [
  ...["kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"],
  ...["net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports"],
  ...["net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"],
  ...["net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"],
  ...["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"],
];

function* sysctls({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    if (!safeSysctls.includes(name)) {
      yield `the pod sets the sysctl ${name}. Leave it out: it is not one of the pod's own.`;
    }
  }
}

function* privilegeEscalation({ securityContext }: Container): Iterable<string> {
  if (securityContext?.allowPrivilegeEscalation !== false) {
    yield "may gain privileges. Set securityContext.allowPrivilegeEscalation to false.";
  }
}

function* runAsNonRoot({ spec }: { spec: PodSpec }): Iterable<string> {
  const pod = spec.securityContext?.runAsNonRoot;
  if (pod === false) {
    yield "the pod may run as root. Set its securityContext.runAsNonRoot to true.";
  }
  for (const { name, securityContext } of containersOf(spec)) {
    const own = securityContext?.runAsNonRoot;
    if (own === false || (own === undefined && pod === undefined)) {
      yield `container ${name} may run as root. Set the pod's securityContext.runAsNonRoot to true.`;
    }
  }
}

function* runAsUser({ spec }: { spec: PodSpec }): Iterable<string> {
  for (const { who, context } of contextsOf(spec)) {
    if (context.runAsUser === 0) {
      yield `${who} runs as user 0. Set securityContext.runAsUser to another user.`;
    }
  }
}
