/** What a site must have to be enrolled, and what to do where it has not. Pure. */
import { homeOf, keysFileOf } from "./enrolment";
import { formatBytes } from "./format";

/** What a site said of itself; see pipeline/sites/check.sh. */
export interface SiteFacts {
  /** Seconds since 1970, by the site's clock. */
  readonly time: number;
  /** Programs that are not there. */
  readonly missing: readonly string[];
  /** Version of openssl; empty when there is none. */
  readonly openssl: string;
  /** Version of docker's engine; empty when it does not answer. */
  readonly docker: string;
  /** Free KB, and where. */
  readonly room: readonly { readonly free: number; readonly folder: string }[];
  readonly hasUseradd: boolean;
  readonly hasDockerGroup: boolean;
  /** The account, when it is there. */
  readonly account?: { readonly uid: number; readonly home: string };
  /** What sshd says of `AuthorizedKeysFile`; empty when it does not say. */
  readonly keys: string;
  /** Whether the product's folder is a link. */
  readonly isLink: boolean;
}

/** Reads what `check` prints. */
export function parseFacts(printed: string): SiteFacts {
  const lines = printed.split("\n").map((line) => /^(\w+)=(.*)$/.exec(line));
  const all = (name: string): string[] =>
    lines.flatMap((line) => (line?.[1] === name ? [line[2]?.trim() ?? ""] : []));
  const one = (name: string): string => all(name)[0] ?? "";
  const [uid = "", home = ""] = one("account").split(":");
  return {
    time: Number(one("time")),
    missing: all("missing"),
    openssl: one("openssl"),
    docker: one("docker"),
    room: all("room").map((line) => {
      const [, free = "0", folder = ""] = /^(\d+) (.*)$/.exec(line) ?? [];
      return { free: Number(free), folder };
    }),
    hasUseradd: one("useradd") === "yes",
    hasDockerGroup: one("group") === "docker",
    ...(uid !== "" && { account: { uid: Number(uid), home } }),
    keys: one("keys"),
    isLink: all("link").length > 0,
  };
}

/** What is asked of a site. */
export interface Wanted {
  readonly name: string;
  readonly account: string;
  readonly folder: string;
  /** The engine that the account has of its own. @default the site's, by the group docker */
  readonly dockerHost?: string;
}

/** A release, the one that it takes the place of, and what is unpacked of them, in bytes. */
const leastRoom = 1_000_000_000;

/** Receipts, entries and logs are read side by side: so far may clocks be apart, in seconds. */
const mostSkew = 60;

/** Which package brings a program, where it is not called as the program. */
const packages: Readonly<Record<string, string>> = {
  sha256sum: "coreutils",
  docker: "docker's engine and client",
  find: "findutils",
  flock: "util-linux",
  su: "util-linux",
};

/**
 * What keeps a site from being enrolled: one sentence each, with its remedy.
 *
 * @param now seconds since 1970, when the site was asked
 */
export function faultsOf(facts: SiteFacts, wanted: Wanted, now: number): string[] {
  const { name, account, folder, dockerHost } = wanted;
  const faults = facts.missing.map(
    (tool) => `There is no ${tool} on ${name}. Install ${packages[tool] ?? tool} there.`,
  );
  const has = (tool: string): boolean => !facts.missing.includes(tool);
  if (has("openssl") && !/^([3-9]|\d{2,})\./.test(facts.openssl)) {
    faults.push(
      `${name} has openssl ${facts.openssl || "of an unknown version"}, which can't check a release's signature. Install openssl 3 there.`,
    );
  }
  if (has("docker") && facts.docker === "") {
    faults.push(
      dockerHost === undefined
        ? `Docker's engine does not answer on ${name}. Start it, or say with --docker-host where its socket is.`
        : `No docker engine answers at ${dockerHost} on ${name}. Start it, or correct --docker-host.`,
    );
  }
  for (const { free, folder: place } of uniqueRoom(facts)) {
    if (free * 1024 < leastRoom) {
      faults.push(
        `${name} has ${formatBytes(free * 1024)} free in ${place}, and a release wants ${formatBytes(leastRoom)}. Make room there.`,
      );
    }
  }
  const skew = Math.round(facts.time - now);
  if (Math.abs(skew) > mostSkew) {
    faults.push(
      `The clock of ${name} is ${String(Math.abs(skew))} s ${skew > 0 ? "ahead" : "behind"}. Set it, e.g. by "timedatectl set-ntp true".`,
    );
  }
  if (facts.account === undefined && !facts.hasUseradd) {
    faults.push(
      `There is no useradd on ${name}. Install it (package passwd or shadow), or make the account ${account} by hand, with the home ${homeOf(folder)}.`,
    );
  }
  if (facts.account?.uid === 0) {
    faults.push(`${account} is root on ${name}. Choose an account that is not, with --user.`);
  } else if (facts.account !== undefined && facts.account.home !== homeOf(folder)) {
    faults.push(
      `${name} has an account ${account} that no enrolment made: its home is ${facts.account.home}, not ${homeOf(folder)}. Choose another with --user.`,
    );
  }
  if (dockerHost === undefined && !facts.hasDockerGroup) {
    faults.push(
      `There is no group docker on ${name}, by which an account gets at the engine. Run "groupadd docker" and restart the engine, or give the account an engine of its own and --docker-host.`,
    );
  }
  if (keysFileOf(facts.keys, account, folder) === undefined) {
    faults.push(
      `The sshd of ${name} reads the same keys for all accounts (AuthorizedKeysFile ${facts.keys}). Set AuthorizedKeysFile to a file for each, e.g. .ssh/authorized_keys.`,
    );
  }
  if (facts.isLink) {
    faults.push(`${folder} is a link on ${name}. Make it a folder, or choose another with --folder.`);
  }
  return faults;
}

/** Each folder once, though two questions may lead to it. */
function uniqueRoom({ room }: SiteFacts): SiteFacts["room"] {
  return room.filter(({ folder }, n) => room.findIndex((other) => other.folder === folder) === n);
}
