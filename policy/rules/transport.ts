/** Rules on the ways to sites and partners. */
import type { remote } from "@pulumi/command/types/input";
import type { Unwrap } from "@pulumi/pulumi";
import { drops } from "../drops";
import { type Check, rule } from "../rule";

type Connection = Partial<Unwrap<Omit<remote.ConnectionArgs, "proxy">>>;

/** The hosts that a resource of Pulumi's command provider logs in to: its own, and the one between. */
function connectionsOf(
  type: string,
  props: object,
): { readonly way: string; readonly connection: Connection }[] {
  if (!type.startsWith("command:remote:")) {
    return [];
  }
  const { connection = {} } = props as { connection?: Connection & { proxy?: Connection } };
  return [
    { way: "connection", connection },
    ...(connection.proxy === undefined ? [] : [{ way: "connection.proxy", connection: connection.proxy }]),
  ];
}

const pinned: Check = function* ({ type, name, props }) {
  for (const { way, connection } of connectionsOf(type, props)) {
    if ((connection.hostKey ?? "") === "") {
      yield `${name} takes any host for its own. Set ${way}.hostKey to the host's public key.`;
    }
  }
};

/** Command lines that take whatever key a host shows. */
const trusting = /StrictHostKeyChecking[= ]"?(no|off|accept-new|ask)\b|UserKnownHostsFile[= ]"?\/dev\/null/i;

const checking: Check = function* ({ type, name, props }) {
  for (const text of commandLines(type, props)) {
    const found = trusting.exec(text)?.[0];
    if (found !== undefined) {
      yield `${name} calls ssh with ${found}. Pin the host's key in a known_hosts file.`;
    }
  }
};

/** Who answers is who was meant. */
export const sshHostKey = rule({
  name: "ssh-host-key",
  reason: "A host proves by its pinned key who it is, before anything is sent or run there.",
  remedy: "Set the connection's hostKey to the host's public key.",
  severity: "critical",
  control: "IA-3",
  waivable: true,
  checks: [pinned, checking],
});

/** A password can be guessed, and is shown to whoever answers. */
export const sshNoPassword = rule({
  name: "ssh-no-password",
  reason: "Nobody logs in to a host with a password: it can be guessed, and whoever answers has it.",
  remedy: "Log in with a key: the SSH agent's, or privateKey as a secret.",
  severity: "high",
  control: "IA-5",
  waivable: true,
  checks: [
    function* ({ type, name, props }) {
      for (const { way, connection } of connectionsOf(type, props)) {
        if ((connection.password ?? "") !== "") {
          yield `${name} logs in with a password. Leave out ${way}.password, and use a key.`;
        }
      }
    },
    function* ({ type, name, props }) {
      for (const text of commandLines(type, props)) {
        if (/\bsshpass\b/.test(text)) {
          yield `${name} logs in with a password, by sshpass. Use a key.`;
        }
      }
    },
  ],
});

/** What runs on this machine: the texts of local commands, and how docker calls ssh. */
function commandLines(type: string, props: object): string[] {
  if (type.startsWith("command:local:")) {
    const { create, update, delete: remove } = props as Partial<Record<string, string>>;
    return [create, update, remove].filter((text) => text !== undefined);
  }
  const { sshOpts } = props as { sshOpts?: string | string[] };
  return type === "pulumi:providers:docker" && sshOpts !== undefined
    ? [Array.isArray(sshOpts) ? sshOpts.join(" ") : sshOpts.replaceAll(/[",[\]]+/g, " ")]
    : [];
}

interface Inbox {
  readonly name?: string;
  readonly url?: string;
  readonly hostKey?: unknown;
}

/** The inbox that a drop goes to. The drop is what logs in; the component above it only declares it. */
function inboxOf(type: string, props: object): Inbox | undefined {
  return drops.has(type) ? props : undefined;
}

/** FTP shows the password and the bundle to everybody on the way. */
export const partnerEncrypted = rule({
  name: "partner-encrypted",
  reason:
    "What goes to a partner is encrypted on its way: plain FTP shows password and bundle to all who listen.",
  remedy: "Agree on FTPS or SFTP with the partner; until then, write a dated waiver.",
  severity: "high",
  control: "SC-8",
  waivable: true,
  checks: [
    function* ({ type, name, props }) {
      if (/^ftp:/i.test(inboxOf(type, props)?.url ?? "")) {
        yield `${name} goes by plain FTP. Use ftps:// or sftp://, or write a dated waiver in policy-config.json.`;
      }
    },
  ],
});

/** An encrypted way to the wrong server is no better. */
export const partnerAuthenticated = rule({
  name: "partner-authenticated",
  reason: "A partner's server proves who it is: SFTP by its pinned host key, FTPS by its certificate.",
  remedy: "Set hostKey for SFTP. For FTPS, unset NODE_TLS_REJECT_UNAUTHORIZED.",
  severity: "high",
  control: "IA-3",
  waivable: true,
  checks: [
    function* ({ type, name, props }) {
      const inbox = inboxOf(type, props);
      if (/^sftp:/i.test(inbox?.url ?? "") && (inbox?.hostKey ?? "") === "") {
        yield `${name} takes any SFTP server for its own. Set hostKey to the server's public key.`;
      }
    },
    function* ({ type, name, props }) {
      const url = inboxOf(type, props)?.url ?? "";
      if (/^ftps:/i.test(url) && process.env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
        yield `${name} would take any certificate. Unset NODE_TLS_REJECT_UNAUTHORIZED.`;
      }
    },
  ],
});

/** What a host prints goes into logs, and into the state. */
export const remoteOutput = rule({
  name: "remote-output",
  reason: "What a host prints is not logged, and is a secret in the state: it may hold what the host knows.",
  remedy: 'Set logging to "none", and name stdout and stderr in additionalSecretOutputs.',
  severity: "medium",
  control: "SI-11",
  waivable: true,
  checks: [
    function* ({ type, name, props }) {
      if (type === "command:remote:Command" && (props as { logging?: string }).logging !== "none") {
        yield `${name} logs what the host prints. Set logging to "none".`;
      }
    },
    function* ({ type, name, opts }) {
      const open = ["stdout", "stderr"].filter((output) => !opts.additionalSecretOutputs.includes(output));
      if (type === "command:remote:Command" && open.length > 0) {
        yield `${name} keeps ${open.join(" and ")} of the host in plain text. Name them in additionalSecretOutputs.`;
      }
    },
  ],
});
