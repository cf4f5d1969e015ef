import { afterEach, describe, expect, test } from "@jest/globals";
import {
  partnerAuthenticated,
  partnerEncrypted,
  remoteOutput,
  sshHostKey,
  sshNoPassword,
} from "../../../policy/rules/transport";
import { type Described, said, secret, unknown, violations } from "../analyzer";

const connection = { host: "10.77.1.2", hostKey: "ssh-ed25519 AAAA", privateKey: secret("key") };
const command = (props: object = {}): Described => ({
  type: "command:remote:Command",
  name: "activate",
  props: { connection, create: "true", logging: "none", ...props },
  additionalSecretOutputs: ["stdout", "stderr"],
});
const local = (create: string): Described => ({
  type: "command:local:Command",
  name: "ship",
  props: { create },
});

describe("ssh-host-key", () => {
  test("lets a pinned host pass", async () => {
    expect(await said(sshHostKey, command())).toEqual([]);
    const argv =
      "ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=.hms/x -o GlobalKnownHostsFile=/dev/null";
    expect(await said(sshHostKey, local(argv))).toEqual([]);
  });
  test.each(["command:remote:Command", "command:remote:CopyToRemote", "command:remote:CopyFile"])(
    "refuses a %s without a key",
    async (type) => {
      const sentence =
        "activate takes any host for its own. Set connection.hostKey to the host's public key.";
      const props = { connection: { host: "10.77.1.2" } };
      expect(await violations(sshHostKey, { ...command(), type, props })).toEqual([sentence]);
    },
  );
  test("refuses a host between without a key", async () => {
    const props = { connection: { ...connection, proxy: { host: "jump" } } };
    expect(await violations(sshHostKey, command(props))).toEqual([
      "activate takes any host for its own. Set connection.proxy.hostKey to the host's public key.",
    ]);
  });
  test.each([
    ["StrictHostKeyChecking=no"],
    ["StrictHostKeyChecking=accept-new"],
    ["UserKnownHostsFile=/dev/null"],
  ])("refuses a local command with %s", async (option) => {
    expect(await violations(sshHostKey, local(`rsync -e "ssh -o ${option}" a b`))).toEqual([
      `ship calls ssh with ${option}. Pin the host's key in a known_hosts file.`,
    ]);
    const sshOpts = JSON.stringify(["-o", option]);
    const provider = { type: "pulumi:providers:docker", name: "ship", props: { sshOpts } };
    expect(await violations(sshHostKey, provider)).toHaveLength(1);
  });
  test("says what a preview can't know", async () => {
    const props = { connection: { host: "10.77.1.2", hostKey: unknown } };
    expect(await said(sshHostKey, command(props))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("ssh-no-password", () => {
  test("lets a key pass", async () => {
    expect(await said(sshNoPassword, command())).toEqual([]);
  });
  test("refuses a password, also of a host between", async () => {
    const props = {
      connection: { ...connection, password: secret("x"), proxy: { ...connection, password: "y" } },
    };
    expect(await violations(sshNoPassword, command(props))).toEqual([
      "activate logs in with a password. Leave out connection.password, and use a key.",
      "activate logs in with a password. Leave out connection.proxy.password, and use a key.",
    ]);
  });
  test("refuses sshpass", async () => {
    expect(await violations(sshNoPassword, local("sshpass -f file ssh host"))).toEqual([
      "ship logs in with a password, by sshpass. Use a key.",
    ]);
  });
  test("says what a preview can't know", async () => {
    const props = { connection: { ...connection, password: unknown } };
    expect(await said(sshNoPassword, command(props))).toMatchObject([{ level: "advisory" }]);
  });
});

describe("a partner", () => {
  const drop = (url: string, parts: object = {}): Described => ({
    type: "pulumi-nodejs:dynamic/hms:Drop",
    name: "usgs-drop",
    stack: "partners",
    parent: "usgs",
    props: { url, ...parts },
  });
  afterEach(() => {
    delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
  });
  test("with FTPS or a pinned SFTP server passes", async () => {
    for (const rule of [partnerEncrypted, partnerAuthenticated]) {
      expect(await said(rule, drop("ftps://hms@10.77.12.2/inbox"))).toEqual([]);
      expect(await said(rule, drop("sftp://hms@10.77.13.2/inbox", { hostKey: { file: "key.pub" } }))).toEqual(
        [],
      );
    }
  });
  test("with plain FTP is refused, but for a waiver", async () => {
    const plain = drop("ftp://hms@10.77.11.2/inbox");
    expect(await violations(partnerEncrypted, plain)).toEqual([
      "usgs-drop goes by plain FTP. Use ftps:// or sftp://, or write a dated waiver in policy-config.json.",
    ]);
    const waiver = { target: "partners/usgs", until: "2999-12-31", reason: "no FTPS yet", owner: "Ada" };
    expect(await violations(partnerEncrypted, plain, { waivers: [waiver] })).toEqual([]);
    const over = { ...waiver, until: "2020-01-01" };
    expect(await violations(partnerEncrypted, plain, { waivers: [over] })).toEqual([
      "usgs-drop goes by plain FTP. Use ftps:// or sftp://, or write a dated waiver in policy-config.json. " +
        "The waiver of Ada for partners/usgs ended on 2020-01-01: mend it, or renew the waiver in policy-config.json.",
    ]);
  });
  test("is the same for a file that is mapped", async () => {
    const mapped = (url: string): Described => ({
      ...drop(url),
      type: "pulumi-nodejs:dynamic/hms:MappedDrop",
    });
    expect(await violations(partnerEncrypted, mapped("ftp://hms@10.77.11.2/inbox/rules"))).toHaveLength(1);
    expect(await violations(partnerAuthenticated, mapped("sftp://hms@10.77.13.2/inbox"))).toHaveLength(1);
  });
  test("with an SFTP server that is not pinned is refused", async () => {
    expect(await violations(partnerAuthenticated, drop("sftp://hms@10.77.13.2/inbox"))).toEqual([
      "usgs-drop takes any SFTP server for its own. Set hostKey to the server's public key.",
    ]);
  });
  test("with FTPS is refused where node takes any certificate", async () => {
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    expect(await violations(partnerAuthenticated, drop("ftps://hms@10.77.12.2/inbox"))).toEqual([
      "usgs-drop would take any certificate. Unset NODE_TLS_REJECT_UNAUTHORIZED.",
    ]);
  });
  test("whose address a preview can't know is said", async () => {
    expect(await said(partnerEncrypted, drop(unknown))).toMatchObject([{ level: "advisory" }]);
    expect(await said(partnerAuthenticated, drop(unknown))).toMatchObject([
      { level: "advisory" },
      { level: "advisory" },
    ]);
  });
});

describe("remote-output", () => {
  test("lets a command pass that logs nothing and keeps secrets", async () => {
    expect(await said(remoteOutput, command())).toEqual([]);
  });
  test.each([undefined, "stdout", "stderr", "stdoutAndStderr"])("refuses logging: %s", async (logging) => {
    expect(await violations(remoteOutput, command({ logging }))).toEqual([
      'activate logs what the host prints. Set logging to "none".',
    ]);
  });
  test("refuses outputs in plain text", async () => {
    expect(await violations(remoteOutput, { ...command(), additionalSecretOutputs: ["stdout"] })).toEqual([
      "activate keeps stderr of the host in plain text. Name them in additionalSecretOutputs.",
    ]);
  });
  test("says what a preview can't know", async () => {
    expect(await said(remoteOutput, command({ logging: unknown }))).toMatchObject([{ level: "advisory" }]);
  });
});
