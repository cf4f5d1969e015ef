/** The same copy and restart on many sites by Ansible: what is new of a release, unpacked, and the same activation. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { layouts, makeLayouts } from "../components/site/layout";
import { activationWords } from "../core/activation";
import { siteSettings } from "../core/config/onprem";
import { quote } from "../core/quote";
import { type Release, shortDigest } from "../core/release";
import { inLab, type LabHost } from "../lab/layout";
import { deployKey } from "../lab/keys";
import { hostKey, siteHome } from "../lab/site";
import { directoryBlobs } from "../store/blobs";
import { blobsOf } from "../tests/lab/image-layers";

const service = "flood-formula";
const inAnsible = (...parts: string[]): string => inLab("ansible", ...parts);

/** What a run of Ansible needs. */
export interface Playbook {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Writes the playbook that brings a release to sites which have another one.
 *
 * @param forks how many sites at once
 */
export async function playbookOf(
  release: Release,
  has: Release,
  sites: readonly LabHost[],
  forks: number,
): Promise<Playbook> {
  await makeLayouts([release.image]);
  await packDelta(release, has);
  const proxyImage = fs.readFileSync(inLab("images", "caddy"), "utf8").trim();
  const hosts = sites.map(({ name, address }) => {
    const { publishAddress, publishPort, port, healthTimeoutSeconds, keep, drainTimeoutSeconds } =
      siteSettings.parse({
        name,
        host: address,
        user: "root",
        hostKey: { file: `${hostKey(name)}.pub` },
        proxyImage,
        healthTimeoutSeconds: 60,
      });
    const settings = { publishAddress, publishPort, port, healthTimeoutSeconds, keep, drainTimeoutSeconds };
    const folder = path.join(siteHome(name), service);
    const command = quote([
      "sh",
      `${folder}/bin/activate.sh`,
      ...activationWords({ service, release, proxyImage, settings }),
    ]);
    return `${name} ansible_host=${address} folder=${folder} activate=${JSON.stringify(command)}\n`;
  });
  fs.writeFileSync(inAnsible("hosts"), `[all]\n${hosts.join("")}`);
  fs.writeFileSync(
    inAnsible("known_hosts"),
    sites
      .map(({ name, address }) => `${address} ${fs.readFileSync(`${hostKey(name)}.pub`, "utf8")}`)
      .join(""),
  );
  fs.writeFileSync(
    inAnsible("ship.yml"),
    `- hosts: all
  gather_facts: false
  tasks:
    - name: copy and unpack what is new
      unarchive: { src: ${inAnsible("delta.tar.gz")}, dest: "{{ folder }}" }
    - name: activate
      command: "{{ activate }}"
`,
  );
  return {
    argv: ["ansible-playbook", "-i", inAnsible("hosts"), "-f", String(forks), inAnsible("ship.yml")],
    env: {
      ANSIBLE_REMOTE_USER: "root",
      ANSIBLE_PRIVATE_KEY_FILE: deployKey,
      ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=${inAnsible("known_hosts")}`,
      // What makes Ansible faster, and is off by default.
      ANSIBLE_PIPELINING: "true",
      ANSIBLE_STRATEGY: "free",
      ANSIBLE_LOCAL_TEMP: inAnsible("tmp"),
      ANSIBLE_HOME: inAnsible("home"),
      LC_ALL: "C.UTF-8",
    },
  };
}

/** What a site that has one release lacks of another. */
async function packDelta(release: Release, has: Release): Promise<void> {
  const root = inAnsible("delta");
  fs.rmSync(root, { recursive: true, force: true });
  const image = `images/${shortDigest(release.image)}`;
  const known = blobsOf(has);
  for (const file of [
    `${image}/digests`,
    `${image}/id`,
    ...[...blobsOf(release).keys()].filter((blob) => !known.has(blob)).map((blob) => `blobs/sha256/${blob}`),
  ]) {
    fs.cpSync(path.join(layouts, file), path.join(root, file));
  }
  const folder = path.join(root, "releases", shortDigest(release.manifest.sha256));
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, "manifest"),
    directoryBlobs(inLab("trail")).bytes(release.manifest.sha256) ?? "",
  );
  fs.writeFileSync(path.join(folder, "signature"), Buffer.from(release.manifest.signature, "base64"));
  await execa("tar", ["-czf", inAnsible("delta.tar.gz"), "-C", root, "."]);
}
