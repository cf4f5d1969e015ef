import { describe, expect, test } from "@jest/globals";
import { containerIsolation, containerMounts } from "../../../policy/rules/container";
import { type Described, said, unknown, violations } from "../analyzer";

/** A docker container that every rule lets pass, with what a test is about set in it. */
const container = (parts: object = {}): Described => ({
  type: "docker:index/container:Container",
  name: "web",
  props: { capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"], ...parts },
});

describe("container-isolation", () => {
  test("lets a container pass that goes without", async () => {
    const networksAdvanced = [{ name: "hms-flood-formula" }];
    expect(await said(containerIsolation, container({ networksAdvanced, privileged: false }))).toEqual([]);
  });
  test.each<[object, string]>([
    [{ privileged: true }, "is privileged. Leave out privileged."],
    [{ networkMode: "host" }, "has the networkMode host. Leave it out."],
    [{ networkMode: "container:abc" }, "has the networkMode container:abc. Leave it out."],
    [{ pidMode: "host" }, "has the pidMode host. Leave it out."],
    [{ ipcMode: "host" }, "has the ipcMode host. Leave it out."],
    [{ usernsMode: "host" }, "has the usernsMode host. Leave it out."],
    [{ cgroupnsMode: "host" }, "has the cgroupnsMode host. Leave it out."],
    [{ networksAdvanced: [{ name: "host" }] }, "is in the host's network. Give it a network of its own."],
    [
      { capabilities: { drops: ["ALL"], adds: ["NET_ADMIN"] } },
      "adds the capabilities NET_ADMIN. Leave out capabilities.adds.",
    ],
    [{ capabilities: { drops: ["NET_RAW"] } }, 'keeps capabilities. Set capabilities.drops to ["ALL"].'],
    [{ securityOpts: [] }, 'may gain privileges. Set securityOpts to ["no-new-privileges"].'],
    [
      { securityOpts: ["no-new-privileges", "seccomp=unconfined"] },
      "has the security option seccomp=unconfined. Leave it out.",
    ],
    [{ devices: [{ hostPath: "/dev/kvm" }] }, "is given the device /dev/kvm. Leave it out."],
  ])("refuses %j", async (parts, sentence) => {
    expect(await violations(containerIsolation, container(parts))).toEqual([`web ${sentence}`]);
  });
  test("says what a preview can't know, and checks the rest", async () => {
    const networksAdvanced = [{ name: unknown }];
    expect(await said(containerIsolation, container({ networksAdvanced, privileged: true }))).toMatchObject([
      { level: "mandatory", message: "web is privileged. Leave out privileged." },
      { level: "advisory" },
    ]);
  });
});

describe("container-mounts", () => {
  const bindOf = (source: string): Described =>
    container({ mounts: [{ type: "bind", source, target: "/x" }] });
  test("lets named volumes pass", async () => {
    const volumes = [{ volumeName: "data", containerPath: "/data" }];
    const mounts = [
      { type: "volume", source: "data", target: "/data" },
      { type: "tmpfs", target: "/tmp" },
    ];
    expect(await said(containerMounts, container({ volumes, mounts }))).toEqual([]);
  });
  test.each(["/", "/etc", "/srv/data"])("refuses the host's %s", async (path) => {
    const sentence = `web binds ${path} of its host. Use a named volume, or name the folder in policy-config.json.`;
    const volumes = [{ hostPath: path, containerPath: "/x" }];
    expect(await violations(containerMounts, container({ volumes }))).toEqual([sentence]);
    expect(await violations(containerMounts, bindOf(path))).toEqual([sentence]);
    const volume = {
      type: "docker:index/volume:Volume",
      name: "web",
      props: { driverOpts: { device: path } },
    };
    expect(await violations(containerMounts, volume)).toEqual([sentence]);
  });
  test("lets a folder pass that is allowed, and what lies in it", async () => {
    const settings = { folders: ["/srv/data"] };
    expect(await violations(containerMounts, bindOf("/srv/data/in"), settings)).toEqual([]);
    expect(await violations(containerMounts, bindOf("/srv/data/../secrets"), settings)).toEqual([
      "web binds /srv/secrets of its host. Use a named volume, or name the folder in policy-config.json.",
    ]);
    expect(await violations(containerMounts, bindOf("/srv/data2"), settings)).toHaveLength(1);
  });
  test.each(["/var/run/docker.sock", "/run//docker.sock", "/run/containerd/containerd.sock"])(
    "refuses %s, whatever is allowed",
    async (path) => {
      const [sentence] = await violations(containerMounts, bindOf(path), { folders: ["/run", "/var/run"] });
      expect(sentence).toBe(
        `web binds ${path.replace("//", "/")}: who has the docker socket has the host. Leave it out.`,
      );
    },
  );
  test("refuses another container's volumes", async () => {
    expect(await violations(containerMounts, container({ volumes: [{ fromContainer: "other" }] }))).toEqual([
      "web takes the volumes of other. Name the volumes that it needs.",
    ]);
  });
  test("says what a preview can't know", async () => {
    expect(await said(containerMounts, bindOf(unknown))).toMatchObject([{ level: "advisory" }]);
  });
});
