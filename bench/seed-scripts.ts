/** The scripts that the pipeline is measured against, and the places of the lab that they ship to, apart from the pipeline's own. */
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import {
  folderOf,
  inLab,
  cloudDocker,
  kubeconfig,
  type LabHost,
  partners,
  registry,
  serviceRepository,
  sites,
} from "../lab/layout";
import { deployKey } from "../lab/keys";
import { environment } from "../lab/main";
import { authority, loginKey, partnerUser, passwordFile } from "../lab/partner-files";
import { hostKey } from "../lab/site";
import { type Commit } from "./lab";
import { question } from "../tests/lab/world";

const scripts = path.join(__dirname, "seed");
const image = `${registry}/seed-flood-formula`;
const inSeed = (name: string): string => inLab("seed", name);

/**
 * Makes the places: a deployment in the cluster, and what the scripts log in with.
 *
 * @param places the sites that they ship to
 */
export async function openSeed(places: readonly LabHost[] = sites): Promise<void> {
  fs.mkdirSync(inSeed(""), { recursive: true, mode: 0o700 });
  const pins = [
    ...places.map(({ name, address }) => ({ address, key: `${hostKey(name)}.pub` })),
    pinOf(partners.fema),
  ];
  fs.writeFileSync(inSeed("known_hosts"), pins.map(({ address, key }) => lineOf(address, key)).join(""));
  const logins = [partners.usgs, partners.noaa].map(
    ({ name, address }) =>
      `machine ${address} login ${partnerUser} password ${fs.readFileSync(passwordFile(name), "utf8").trim()}\n`,
  );
  fs.writeFileSync(inSeed("netrc"), logins.join(""), { mode: 0o600 });
  const manifest = fs.readFileSync(path.join(scripts, "deployment.yaml"), "utf8");
  await execa("kubectl", ["apply", "-f", "-"], {
    input: manifest.replace("IMAGE", fs.readFileSync(inLab("images", "busybox"), "utf8").trim()),
    env: { KUBECONFIG: kubeconfig },
  });
}

const pinOf = ({ name, address }: LabHost) => ({
  address,
  key: path.join(folderOf(name), "ssh_host_ed25519_key.pub"),
});
const lineOf = (address: string, key: string): string =>
  `${address} ${fs.readFileSync(key, "utf8").trim()}\n`;

/**
 * Runs one of the scripts, to its end. The repository must have the commit.
 *
 * @returns seconds
 * @throws when it fails
 */
export async function seed(
  script: "deploy" | "rollback",
  { hash, version }: Commit,
  places: readonly LabHost[] = sites,
): Promise<number> {
  const { usgs, noaa, fema } = partners;
  const env = {
    ...(await environment()),
    REPOSITORY: serviceRepository,
    DOCKER_HOST: `unix://${cloudDocker.socket}`,
    DOCKER_BUILDKIT: "0",
    KUBECONFIG: kubeconfig,
    BASE: `${registry}/base/node`,
    IMAGE: image,
    CLOUD_URL: `http://10.96.7.7${question}`,
    QUESTION: question,
    SITES: places.map(({ address }) => address).join(" "),
    PARTNERS: [
      `ftp://${usgs.address}/inbox`,
      `ftps://${noaa.address}/inbox`,
      `sftp://${partnerUser}@${fema.address}`,
    ].join(" "),
    SSH_KEY: deployKey,
    SFTP_KEY: loginKey,
    KNOWN_HOSTS: inSeed("known_hosts"),
    NETRC: inSeed("netrc"),
    CA: authority.certificate,
  };
  const began = performance.now();
  await execa("sh", [path.join(scripts, `${script}.sh`), hash, `"formula":"${version}"`], { env });
  return (performance.now() - began) / 1000;
}
