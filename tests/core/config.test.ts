import { describe, expect, test } from "@jest/globals";
import { parseStack, settingsIn } from "../../core/config";
import { UserError } from "../../core/errors";

const site = {
  name: "mississippi",
  host: "10.0.0.2",
  user: "deploy",
  hostKey: "ssh-ed25519 AAAA",
  proxyImage: { file: "proxy" },
};

const onprem = (sites: unknown): Record<string, unknown> => ({
  role: "onprem",
  service: "flood-formula",
  sites,
});

/** What a user is told of wrong settings. */
function told(raw: Record<string, unknown>, file = "Pulumi.onprem.yaml"): string {
  try {
    parseStack(raw, file);
  } catch (error) {
    if (error instanceof UserError) {
      return error.message;
    }
    throw error;
  }
  return "nothing";
}

describe("who is told of notices", () => {
  const build = (parts: object): Record<string, unknown> => ({
    ...{ role: "build", service: "flood-formula", stacks: ["cloud"] },
    build: { repository: "/srv/git", image: "registry.example.gov/flood-formula" },
    ...parts,
  });
  const [url, secret] = ["https://grafana.example.gov", { env: "TOKEN" }];
  test.each([
    ["grafana", { name: "a", url }, "grafana[0].token: missing; allowed: { file: PATH } or { env: NAME }"],
    [
      "grafana",
      { name: "a", url, token: "glsa_x5ecret" },
      "grafana[0].token: found the text itself; allowed: { file: PATH } or { env: NAME }",
    ],
    [
      "grafana",
      { name: "a", url: "https://me:pw@grafana.example.gov", token: secret },
      'grafana[0].url: found "https://me:***@grafana.example.gov"; allowed: a URL, http or https, without a user or a password',
    ],
    [
      "webhooks",
      { name: "a", url: "https://hooks.example/x5ecret" },
      "webhooks[0].url: found the text itself; allowed: { file: PATH } or { env: NAME }",
    ],
    [
      "webhooks",
      { name: "a", url: secret, on: ["deploys"] },
      'webhooks[0].on[0]: found "deploys"; allowed: deploy, refusal, rollback, stale, healed',
    ],
    [
      "webhooks",
      { name: "a", url: secret, on: [] },
      "webhooks[0].on: found []; allowed: a list of what it is told of: deploy, refusal, rollback, stale, healed",
    ],
    [
      "webhooks",
      { name: "a", url: secret, channel: "b" },
      "webhooks[0].channel: unknown key; allowed: name, on, timeoutSeconds, keepDays, url",
    ],
  ])("hms:%s %j", (key, member, sentence) => {
    const said = told(build({ [key]: [member] }), "Pulumi.build.yaml");
    expect(said).toBe(`Pulumi.build.yaml: hms:${sentence}`);
    expect(said).not.toContain("x5ecret");
  });
  test("two of one name", () => {
    const webhook = { name: "a", url: secret };
    expect(told(build({ webhooks: [webhook, webhook] }), "Pulumi.build.yaml")).toMatch(
      /^Pulumi\.build\.yaml: hms:webhooks: found .*; allowed: webhooks with different names$/,
    );
  });
});

describe("the time that a run has", () => {
  const build = (budgetMinutes?: unknown): Record<string, unknown> => ({
    ...{ role: "build", service: "flood-formula", stacks: ["cloud"], budgetMinutes },
    build: { repository: "/srv/git", image: "registry.example.gov/flood-formula" },
  });
  test("is an hour, or a number, which Pulumi hands over as a text", () => {
    const minutes = (value?: unknown): unknown =>
      (parseStack(build(value), "f") as { readonly budgetMinutes?: number }).budgetMinutes;
    expect([minutes(), minutes("90")]).toEqual([60, 90]);
  });
  test.each(["0", "an hour", "1.5"])("is not %s", (value) => {
    expect(told(build(value), "Pulumi.build.yaml")).toBe(
      `Pulumi.build.yaml: hms:budgetMinutes: found "${value}"; allowed: a whole number from 1 to 10080`,
    );
  });
});

describe("a wrong setting is told with file, key, what was found and what is allowed", () => {
  test.each([
    [
      "a port of letters",
      { sshPort: "abc" },
      'hms:sites[0].sshPort: found "abc"; allowed: a whole number from 1 to 65535',
    ],
    ["a port of 0", { sshPort: 0 }, "hms:sites[0].sshPort: found 0; allowed: a whole number from 1 to 65535"],
    ["no host", { host: undefined }, "hms:sites[0].host: missing; allowed: a host name or an address"],
    ["a relative folder", { folder: "srv" }, 'hms:sites[0].folder: found "srv"; allowed: an absolute path'],
    [
      "a host key that is neither text nor reference",
      { hostKey: 7 },
      "hms:sites[0].hostKey: found 7; allowed: an OpenSSH public key, or { file: PATH }, or { env: NAME }",
    ],
    [
      "a name with capitals",
      { name: "Mississippi" },
      'hms:sites[0].name: found "Mississippi"; allowed: up to 31 lower-case letters, digits and hyphens, a letter first',
    ],
    [
      "a host key that is no key",
      { hostKey: "AAAAC3Nz" },
      'hms:sites[0].hostKey: found "AAAAC3Nz"; allowed: an OpenSSH public key, or { file: PATH }, or { env: NAME }',
    ],
    [
      "a proxy by its tag",
      { proxyImage: "caddy:2" },
      'hms:sites[0].proxyImage: found "caddy:2"; allowed: an image by digest, or { file: PATH }, or { env: NAME }',
    ],
  ])("%s", (_, wrong, sentence) => {
    expect(told(onprem([{ ...site, ...wrong }]))).toBe(`Pulumi.onprem.yaml: ${sentence}`);
  });
  const cloud = (settings: object): string =>
    told({ role: "cloud", service: "flood-formula", ...settings }, "Pulumi.cloud.yaml");
  const docker = { name: "cloud", proxyImage: { file: "proxy" } };
  test.each(["10.0.0.1", "http://10.0.0.1:2375", "tcp://10.0.0.1", "unix://docker.sock", "ssh://u:p@host"])(
    "a docker host at %s",
    (host) => {
      expect(cloud({ dockerHosts: [{ ...docker, host }] })).toMatch(
        /^Pulumi\.cloud\.yaml: hms:dockerHosts\[0\]\.host: found ".*"; allowed: unix:\/\/PATH, tcp:\/\/HOST:PORT or ssh:\/\/USER@HOST$/,
      );
    },
  );
  test.each(["unix:///run/docker.sock", "tcp://10.0.0.1:2376", "ssh://deploy@10.0.0.1:2222", "ssh://host"])(
    "not a docker host at %s",
    (host) => {
      expect(cloud({ dockerHosts: [{ ...docker, host }] })).toBe("nothing");
    },
  );
  test("a quantity that no cluster knows", () => {
    expect(cloud({ clusters: [{ name: "cloud", limits: { memory: "10 MB" } }] })).toBe(
      'Pulumi.cloud.yaml: hms:clusters[0].limits.memory: found "10 MB"; allowed: a Kubernetes quantity, e.g. 100m or 64Mi',
    );
  });
  test("a docker host of a cluster's name", () => {
    expect(cloud({ clusters: [{ name: "cloud" }], dockerHosts: [docker] })).toBe(
      'Pulumi.cloud.yaml: hms:dockerHosts: found "cloud", which is a cluster, too; allowed: a name of its own for each',
    );
  });
  test("an unknown key", () => {
    expect(told(onprem([{ ...site, prot: 22 }]))).toMatch(
      /^Pulumi\.onprem\.yaml: hms:sites\[0\]\.prot: unknown key; allowed: name, host, sshPort, user,/,
    );
  });
  test("a key of another role", () => {
    expect(told({ ...onprem([site]), clusters: [] })).toBe(
      "Pulumi.onprem.yaml: hms:clusters: unknown key; allowed: hms:role, hms:service, hms:release, hms:reason, hms:sites",
    );
  });
  test("a role that there is not", () => {
    expect(told({ role: "on-prem" })).toBe(
      'Pulumi.onprem.yaml: hms:role: found "on-prem"; allowed: build, cloud, onprem, partners',
    );
  });
  test("two sites of one name", () => {
    expect(told(onprem([site, site]))).toMatch(/allowed: sites with different names$/);
  });
  test("a password in a partner's URL", () => {
    const partners = [{ name: "usgs", url: "ftp://hms:geheim@10.0.0.3/inbox" }];
    const sentence = told({ role: "partners", service: "flood-formula", partners }, "Pulumi.partners.yaml");
    expect(sentence).toMatch(/^Pulumi\.partners\.yaml: hms:partners\[0\]\.url: /);
    expect(sentence).not.toContain("geheim");
  });
  const sftp = { name: "fema", url: "sftp://hms@10.0.0.3/inbox", hostKey: { file: "key" } };
  const ftp = { name: "usgs", url: "ftp://hms@10.0.0.3/inbox", password: { file: "password" } };
  test.each([
    [
      "an SFTP server that could be anybody's",
      { ...sftp, privateKeyFile: "key", hostKey: undefined },
      "hostKey: missing; allowed: an OpenSSH public key, or a reference: without one, the server could be anybody's",
    ],
    ["SFTP without a login", sftp, "password: missing; allowed: a reference, unless privateKeyFile logs in"],
    [
      "FTP without a password",
      { ...ftp, password: undefined },
      "password: missing; allowed: a reference: { file: PATH } or { env: NAME }",
    ],
    [
      "an authority where there is no TLS",
      { ...ftp, caFile: "ca.pem" },
      'caFile: found "ca.pem"; allowed: nothing, as it is for ftps://',
    ],
    [
      "a private key for FTP",
      { ...ftp, privateKeyFile: "key" },
      'privateKeyFile: found "key"; allowed: nothing, as it is for sftp://',
    ],
    [
      "nobody who logs in",
      { ...ftp, url: "ftp://10.0.0.3/inbox" },
      'url: found "ftp://10.0.0.3/inbox"; allowed: ftp://USER@HOST[:PORT]/FOLDER, or the same with ftps:// or sftp://',
    ],
  ])("%s", (_, partner, sentence) => {
    const raw = { role: "partners", service: "flood-formula", partners: [partner] };
    expect(told(raw, "Pulumi.partners.yaml")).toBe(`Pulumi.partners.yaml: hms:partners[0].${sentence}`);
  });
  test("all faults at once", () => {
    expect(told(onprem([{ ...site, sshPort: 0, user: "" }])).split("\n")).toHaveLength(2);
  });
});

test("what is not set has its default", () => {
  const settings = parseStack(onprem([site]), "Pulumi.onprem.yaml");
  expect(settings).toMatchObject({
    release: "current",
    sites: [
      { sshPort: 22, folder: "/srv/hms", dialTimeoutSeconds: 5, tries: 3, publishPort: 8080, port: 8080 },
    ],
  });
});

test("of what Pulumi hands over, lists and maps come as JSON, and a text may begin with a bracket", () => {
  const config = { "hms:reason": "[REQ-7] wrong risk", "hms:sites": '[{"name":"a"}]', "aws:region": "x" };
  expect(settingsIn(config)).toEqual({ reason: "[REQ-7] wrong risk", sites: [{ name: "a" }] });
});
