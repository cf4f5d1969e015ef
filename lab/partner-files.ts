/** What the partners' servers are set up with: texts and argument lists, without any effect. */
import path from "node:path";
import { folderOf, inLab, type LabHost, type partners } from "./layout";

/** A partner of the lab. */
export type PartnerName = keyof typeof partners;

/** The account that every partner gives the pipeline. */
export const partnerUser = "hms";

/** An account that no file of this machine belongs to. */
const userId = 61077;

/** The inbox: `/inbox` of the account, which sees nothing else. */
export const inboxOf = (name: string): string => path.join(folderOf(name), "inbox");

/** What the account sees as `/`. It belongs to root, so that nobody but the server changes it. */
const seenRoot = "/run/files";

/** The file that holds the account's password. */
export const passwordFile = (name: string): string => inLab("secrets", `${name}.password`);

/** The certificate of the authority that signs noaa's, and its key. */
export const authority = {
  certificate: inLab("partners", "ca.pem"),
  key: inLab("partners", "ca.key"),
} as const;

/** The key of noaa's certificate. */
export const certificateKey = (name: string): string => path.join(folderOf(name), "server.key");

/** The certificate of noaa. */
export const certificate = (name: string): string => path.join(folderOf(name), "server.pem");

/** fema's host key. Its public half, to be pinned, is `ssh_host_ed25519_key.pub`. */
export const hostKey = (name: string): string => path.join(folderOf(name), "ssh_host_ed25519_key");

/** A key that fema takes in place of the password. Its public half is `partners.pub`. */
export const loginKey = inLab("keys", "partners");

/** Where fema's server sees the public keys that it takes. */
const seenKeys = "/run/keys/authorized";

/** Who may own the inbox. */
export const owner = { uid: userId, gid: userId } as const;

/**
 * The files below `/etc` that a server sees in place of this machine's own.
 * @param passwordHash - as in `/etc/shadow`
 */
export const accountFiles = (passwordHash: string): Record<string, string> => ({
  passwd: [
    "root:x:0:0:root:/root:/bin/sh",
    `${partnerUser}:x:${userId}:${userId}::/:/usr/sbin/nologin`,
    // What the two servers give up their rights to.
    "sshd:x:61078:65534::/run/sshd:/usr/sbin/nologin",
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    "",
  ].join("\n"),
  group: ["root:x:0:", `${partnerUser}:x:${userId}:`, "nogroup:x:65534:", ""].join("\n"),
  shadow: [
    "root:*:19000:0:99999:7:::",
    `${partnerUser}:${passwordHash}:19000:0:99999:7:::`,
    "sshd:*:19000:0:99999:7:::",
    "nobody:*:19000:0:99999:7:::",
    "",
  ].join("\n"),
  "pam.d/vsftpd": [
    "auth required pam_unix.so nodelay",
    "account required pam_permit.so",
    "session required pam_permit.so",
    "",
  ].join("\n"),
});

/** `vsftpd.conf`: passive ports in the host's own network, one account, which sees nothing but its folder. */
export function vsftpdConfiguration({ name, address }: LabHost, tls: boolean): string {
  const settings: Record<string, string> = {
    listen: "YES",
    listen_address: address,
    background: "NO",
    pasv_address: address,
    pasv_min_port: "40000",
    pasv_max_port: "40100",
    pam_service_name: "vsftpd",
    secure_chroot_dir: path.join(folderOf(name), "empty"),
    anonymous_enable: "NO",
    local_enable: "YES",
    write_enable: "YES",
    local_umask: "022",
    chroot_local_user: "YES",
    local_root: seenRoot,
    delay_failed_login: "0",
    xferlog_enable: "YES",
    vsftpd_log_file: path.join(folderOf(name), "transfers.log"),
    ...(tls
      ? {
          ssl_enable: "YES",
          rsa_cert_file: certificate(name),
          rsa_private_key_file: certificateKey(name),
          force_local_logins_ssl: "YES",
          force_local_data_ssl: "YES",
          // Without a value, vsftpd offers nothing that a client of today accepts.
          ssl_ciphers: "HIGH",
        }
      : {}),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** `sshd_config`: SFTP and nothing else. */
export const sshdConfiguration = ({ name, address }: LabHost): string =>
  [
    `ListenAddress ${address}:22`,
    `HostKey ${hostKey(name)}`,
    "PidFile none",
    "UsePAM no",
    "PasswordAuthentication yes",
    `AuthorizedKeysFile ${seenKeys}`,
    "PermitRootLogin no",
    `AllowUsers ${partnerUser}`,
    "Subsystem sftp internal-sftp",
    "ForceCommand internal-sftp -u 022",
    `ChrootDirectory ${seenRoot}`,
    "AllowTcpForwarding no",
    "AllowAgentForwarding no",
    "PermitTunnel no",
    "",
  ].join("\n");

/** Makes an authority: the key and the certificate of one that signs for ten years. */
export const authorityArgv = (): string[] => [
  ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"],
  ...[
    "-days",
    "3650",
    "-subj",
    "/CN=HMS lab partners",
    "-keyout",
    authority.key,
    "-out",
    authority.certificate,
  ],
];

/** Makes a server's key, and its certificate for its address, signed by the authority. */
export const certificateArgv = ({ name, address }: LabHost): string[] => [
  ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "3650", "-subj", `/CN=${name}`],
  ...["-addext", `subjectAltName=IP:${address}`, "-addext", "basicConstraints=critical,CA:FALSE"],
  ...["-CA", authority.certificate, "-CAkey", authority.key],
  ...["-keyout", certificateKey(name), "-out", certificate(name)],
];

/** Whether a server's certificate is good, and signed by the authority. */
export const verifyArgv = ({ name, address }: LabHost): string[] => [
  ...["openssl", "verify", "-CAfile", authority.certificate, "-verify_ip", address, certificate(name)],
];

/**
 * Starts a server in mounts of its own: it sees its own accounts in place of this machine's, and its files in a place
 * that its account can get to, whoever may enter the lab's folder.
 */
export function inOwnMountsArgv(name: string, command: readonly string[]): [string, ...string[]] {
  const script = [
    "set -e",
    ...Object.keys(accountFiles("")).map((file) => `mount --bind "$0/etc/${file}" /etc/${file}`),
    "mount -t tmpfs -o mode=755 tmpfs /run",
    `mkdir -p /run/sshd ${path.dirname(seenKeys)} ${seenRoot}/inbox`,
    `mount --bind "$0/inbox" ${seenRoot}/inbox`,
    `if [ -f "$0/authorized" ]; then cp "$0/authorized" ${seenKeys}; fi`,
    'exec "$@"',
  ];
  return ["sh", "-c", script.join("\n"), folderOf(name), ...command];
}
