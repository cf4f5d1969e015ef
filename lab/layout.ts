/**
 * Where everything of the lab lies: the one place for its folders, addresses and ports. The committed stack files
 * (`Pulumi.*.yaml`) name the same ones, so the lab is the same on every machine.
 */
import path from "node:path";

/** The lab's only folder. `lab down` removes it whole. */
export const labRoot = "/var/lib/hms-lab";

/** A path in the lab's folder. */
export const inLab = (...parts: string[]): string => path.join(labRoot, ...parts);

/** Every address the lab uses lies in one of these; each gets an `unreachable` route before anything starts. */
export const ranges = {
  /** The hosts' links: a /30 each. */
  hosts: "10.77.0.0/18",
  /** Kubernetes pods. */
  pods: "10.77.64.0/18",
  /** Containers of the cloud's docker engine. */
  containers: "10.77.128.0/18",
  /** Kubernetes services. */
  services: "10.96.0.0/16",
} as const;

/** All of them but the services, which only stand for addresses in here. */
export const ownAddresses = "10.77.0.0/16";

/** A host of the lab: a network namespace with one link to this machine, and no default route. */
export interface LabHost {
  /** Its name, which is also that of its folder. */
  readonly name: string;
  /** This machine's end of the link. */
  readonly gateway: string;
  /** The host's own address. */
  readonly address: string;
}

const host = (name: string, subnet: number): LabHost => ({
  name,
  gateway: `10.77.${String(subnet)}.1`,
  address: `10.77.${String(subnet)}.2`,
});

/** Field offices: each with its own docker engine and sshd. */
export const sites = [host("mississippi", 1), host("anchorage", 2)] as const;

/** A field office that no stack ships to yet. Only what enrolls it starts its engine and sshd. */
export const newSite = host("barrow", 3);

/** Partners' inboxes: plain FTP (vsftpd), FTPS (vsftpd with TLS), SFTP (OpenSSH). */
export const partners = { usgs: host("usgs", 11), noaa: host("noaa", 12), fema: host("fema", 13) } as const;

/** Every host that has a network namespace. */
export const hosts: readonly LabHost[] = [...sites, newSite, ...Object.values(partners)];

/** The name of a host's network namespace. */
export const namespaceOf = (name: string): string => `hms-${name}`;

/** The folder of a host. */
export const folderOf = (name: string): string => inLab("hosts", name);

/** The docker engine that plays the cloud of a user without Kubernetes; it builds images, too. */
export const cloudDocker = {
  socket: inLab("cloud", "docker.sock"),
  /** Where the service answers once it is deployed. */
  service: "http://127.0.0.1:18080",
} as const;

/** The registry: plain HTTP on loopback, which docker and containerd take without further settings. */
export const registry = "127.0.0.1:5000";

/** The service's bare repository, which a developer pushes to. */
export const serviceRepository = inLab("flood-formula.git");

/** Takes annotations and events, and keeps what it got in `inLab("receiver", "requests")`. */
export const receiver = "http://127.0.0.1:18090";

/** Where the one-node cluster's kubeconfig lies. */
export const kubeconfig = inLab("kubernetes", "admin.kubeconfig");
