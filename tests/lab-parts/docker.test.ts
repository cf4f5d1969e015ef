import { expect, test } from "@jest/globals";
import { cloudEngine, dockerDaemon, settingsOf, siteEngine } from "../../lab/docker";
import { cloudDocker, ranges, sites } from "../../lab/layout";
import { overlap } from "../../lab/network";

test("the cloud's engine keeps to its folder, its range, its control group and loopback", () => {
  expect(settingsOf(cloudEngine)).toMatchObject({
    hosts: [`unix://${cloudDocker.socket}`],
    "data-root": "/var/lib/hms-lab/cloud/docker",
    "exec-root": "/var/lib/hms-lab/cloud/run",
    "cgroup-parent": "/hms-lab/cloud",
    bridge: "hms-cloud",
    dns: ["10.77.128.1"],
    ip: "127.0.0.1",
  });
  expect(settingsOf(cloudEngine)).not.toHaveProperty("bip");
  expect(overlap(ranges.containers, cloudEngine.pool)).toBe(true);
  expect(overlap(`${cloudEngine.gateway}/24`, cloudEngine.pool)).toBe(false);
});

test("a site's engine runs in the site's network, and its ports are for whoever reaches the site", () => {
  const [site] = sites;
  const settings = settingsOf(siteEngine(site));
  expect(settings).toMatchObject({ bip: "172.30.0.1/24", "cgroup-parent": "/hms-lab/mississippi" });
  expect(settings).not.toHaveProperty("ip");
  expect(settings).not.toHaveProperty("bridge");
  expect(dockerDaemon(siteEngine(site))).toMatchObject({ host: "mississippi", privateMounts: true });
});

test("no engine listens on TCP", () => {
  for (const engine of [cloudEngine, ...sites.map(siteEngine)]) {
    expect(settingsOf(engine)["hosts"]).toEqual([expect.stringMatching(/^unix:\/\/\/var\/lib\/hms-lab\//)]);
  }
});
