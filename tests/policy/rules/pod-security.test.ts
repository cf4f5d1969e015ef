import { describe, expect, test } from "@jest/globals";
import { podSecurity } from "../../../policy/rules/pod-security";
import { said, unknown, violations } from "../analyzer";
import { aContainer, aDeployment, aPod } from "../pods";

const withContext = (context: object): object =>
  aContainer({
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, ...context },
  });
const inContainer = (context: object): object => aPod({ containers: [withContext(context)] });
const inPod = (context: object): object =>
  aPod({ securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" }, ...context } });

test("lets a restricted pod pass", async () => {
  const volumes = [{ name: "tmp", emptyDir: {} }];
  expect(await said(podSecurity, aDeployment(aPod({ volumes })))).toEqual([]);
  expect(
    await said(podSecurity, aDeployment(inContainer({ runAsUser: 1000, procMount: "Default" }))),
  ).toEqual([]);
  const served = aContainer({ ports: [{ containerPort: 8080, hostPort: 0 }] });
  expect(await said(podSecurity, aDeployment(aPod({ containers: [served] })))).toEqual([]);
});

test.each<[string, object, string]>([
  [
    "a process of the node",
    inPod({ windowsOptions: { hostProcess: true } }),
    "the pod is a process of its Windows node. Leave out securityContext.windowsOptions.hostProcess.",
  ],
  [
    "the node's network",
    aPod({ hostNetwork: true }),
    "the pod shares its node's Network. Leave out hostNetwork.",
  ],
  ["the node's processes", aPod({ hostPID: true }), "the pod shares its node's PID. Leave out hostPID."],
  ["the node's memory", aPod({ hostIPC: true }), "the pod shares its node's IPC. Leave out hostIPC."],
  [
    "privileges",
    inContainer({ privileged: true }),
    "container web is privileged. Leave out securityContext.privileged.",
  ],
  [
    "more capabilities",
    inContainer({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "SYS_ADMIN"] } }),
    "container web adds the capabilities SYS_ADMIN. Leave out securityContext.capabilities.add.",
  ],
  [
    "capabilities kept",
    inContainer({ capabilities: { drop: ["NET_RAW"] } }),
    'container web keeps capabilities. Set securityContext.capabilities.drop to ["ALL"].',
  ],
  [
    "a folder of the node",
    aPod({ volumes: [{ name: "etc", hostPath: { path: "/etc" } }] }),
    "volume etc is a hostPath. Allowed: configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected, secret.",
  ],
  [
    "a port of the node",
    aPod({ containers: [aContainer({ ports: [{ containerPort: 80, hostPort: 80 }] })] }),
    "container web takes port 80 of its node. Leave out hostPort, and use a Service.",
  ],
  [
    "a probe of another host",
    aPod({ containers: [aContainer({ startupProbe: { tcpSocket: { host: "10.0.0.1", port: 1 } } })] }),
    "container web asks 10.0.0.1 in its startupProbe. Leave out the host: it is the pod's own.",
  ],
  [
    "a hook that asks another host",
    aPod({
      containers: [aContainer({ lifecycle: { preStop: { httpGet: { host: "10.0.0.1", port: 1 } } } })],
    }),
    "container web asks 10.0.0.1 in its preStop. Leave out the host: it is the pod's own.",
  ],
  [
    "no AppArmor",
    inContainer({ appArmorProfile: { type: "Unconfined" } }),
    "container web has the AppArmor profile Unconfined. Allowed: RuntimeDefault, Localhost.",
  ],
  [
    "an SELinux type",
    inPod({ seLinuxOptions: { type: "spc_t" } }),
    "the pod has the SELinux type spc_t. Allowed: container_t, container_init_t, container_kvm_t, container_engine_t.",
  ],
  [
    "an SELinux user",
    inContainer({ seLinuxOptions: { user: "system_u" } }),
    "container web sets an SELinux user or role. Leave out seLinuxOptions.user and seLinuxOptions.role.",
  ],
  [
    "the whole of /proc",
    inContainer({ procMount: "Unmasked" }),
    "container web mounts /proc as Unmasked. Leave out securityContext.procMount.",
  ],
  [
    "no seccomp",
    aPod({ securityContext: { runAsNonRoot: true } }),
    "container web has no seccomp profile. Set the pod's securityContext.seccompProfile.type to RuntimeDefault.",
  ],
  [
    "seccomp switched off",
    inContainer({ seccompProfile: { type: "Unconfined" } }),
    "container web has the seccomp profile Unconfined. Allowed: RuntimeDefault, Localhost.",
  ],
  [
    "a sysctl of the node",
    inPod({ sysctls: [{ name: "kernel.msgmax", value: "1" }] }),
    "the pod sets the sysctl kernel.msgmax. Leave it out: it is not one of the pod's own.",
  ],
  [
    "escalation",
    inContainer({ allowPrivilegeEscalation: true }),
    "container web may gain privileges. Set securityContext.allowPrivilegeEscalation to false.",
  ],
  [
    "root, perhaps",
    aPod({ securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
    "container web may run as root. Set the pod's securityContext.runAsNonRoot to true.",
  ],
  ["root", inPod({ runAsUser: 0 }), "the pod runs as user 0. Set securityContext.runAsUser to another user."],
])("refuses %s", async (_, spec, sentence) => {
  expect(await violations(podSecurity, aDeployment(spec))).toEqual([`web: ${sentence}`]);
});

test("takes null for a field that is left out", async () => {
  const volumes = [{ name: "tmp", emptyDir: {}, hostPath: null }];
  expect(await said(podSecurity, aDeployment(aPod({ volumes, hostPID: null })))).toEqual([]);
  expect(await violations(podSecurity, aDeployment(inPod({ runAsNonRoot: null })))).toEqual([
    "web: container web may run as root. Set the pod's securityContext.runAsNonRoot to true.",
  ]);
});

test("refuses an AppArmor profile by annotation", async () => {
  const annotations = { "container.apparmor.security.beta.kubernetes.io/web": "unconfined" };
  expect(await violations(podSecurity, aDeployment(aPod(), { annotations }))).toEqual([
    "web: container web has the AppArmor profile unconfined. Leave out the annotation.",
  ]);
});

test.each(["initContainers", "ephemeralContainers"])("looks at %s, too", async (list) => {
  const spec = aPod({ [list]: [withContext({ privileged: true })] });
  expect(await violations(podSecurity, aDeployment(spec))).toEqual([
    "web: container web is privileged. Leave out securityContext.privileged.",
  ]);
});

describe("looks into", () => {
  const spec = aPod({ hostPID: true });
  const template = { spec };
  test.each<[string, object]>([
    ["kubernetes:core/v1:Pod", { spec }],
    ["kubernetes:core/v1:PodTemplate", { template }],
    ["kubernetes:core/v1:ReplicationController", { spec: { template } }],
    ["kubernetes:apps/v1:StatefulSet", { spec: { template } }],
    ["kubernetes:apps/v1:DaemonSet", { spec: { template } }],
    ["kubernetes:apps/v1:ReplicaSet", { spec: { template } }],
    ["kubernetes:apps/v1beta1:Deployment", { spec: { template } }],
    ["kubernetes:batch/v1:Job", { spec: { template } }],
    ["kubernetes:batch/v1:CronJob", { spec: { jobTemplate: { spec: { template } } } }],
  ])("a %s", async (type, props) => {
    expect(await violations(podSecurity, { type, props })).toEqual([
      "anchorage: the pod shares its node's PID. Leave out hostPID.",
    ]);
  });
  test("nothing else", async () => {
    expect(await said(podSecurity, { type: "kubernetes:core/v1:ConfigMap", props: { spec } })).toEqual([]);
  });
});

test("says what a preview can't know, and checks the rest", async () => {
  const spec = aPod({ hostNetwork: unknown, volumes: [{ name: "etc", hostPath: { path: "/etc" } }] });
  expect(await said(podSecurity, aDeployment(spec))).toEqual([
    {
      level: "advisory",
      message:
        "can't run policy 'pod-security' from policy pack 'hms@v0.1.0' during preview: " +
        "string value at .spec.template.spec.hostNetwork can't be known during preview",
    },
    { level: "mandatory", message: expect.stringContaining("volume etc is a hostPath.") },
  ]);
});

describe("a waiver", () => {
  const waiver = { target: "cloud/web", until: "2999-12-31", reason: "node agent", owner: "Ada" };
  const spec = aPod({ hostPID: true });
  test("that holds turns a violation into advice", async () => {
    expect(await said(podSecurity, aDeployment(spec), { waivers: [waiver] })).toEqual([
      {
        level: "advisory",
        message:
          "Waived for cloud/web until 2999-12-31 by Ada (node agent). " +
          "web: the pod shares its node's PID. Leave out hostPID.",
      },
    ]);
  });
  test("that is over is a violation", async () => {
    const waivers = [{ ...waiver, until: "2020-01-31" }];
    expect(await violations(podSecurity, aDeployment(spec), { waivers })).toEqual([
      "web: the pod shares its node's PID. Leave out hostPID. The waiver of Ada for cloud/web ended on 2020-01-31: " +
        "mend it, or renew the waiver in policy-config.json.",
    ]);
  });
  test("for another place is none", async () => {
    const waivers = [{ ...waiver, target: "cloud/other" }];
    expect(await violations(podSecurity, aDeployment(spec), { waivers })).toHaveLength(1);
  });
  test("for a target holds for what belongs to it", async () => {
    const waivers = [{ ...waiver, target: "cloud/target" }];
    expect(await violations(podSecurity, { ...aDeployment(spec), parent: "target" }, { waivers })).toEqual(
      [],
    );
  });
});
