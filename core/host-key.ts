/** Which of a host's keys is pinned, and whether somebody must say that it is the right one. Pure. */
import { UserError } from "./errors";

/** Keys of a host, and what is known of them. */
export interface HostKeys {
  readonly host: string;
  /** What the host shows: `TYPE BASE64`, and its fingerprint. */
  readonly shown: readonly HostKey[];
  /** The key that was pinned before. */
  readonly pinned?: HostKey;
  /** What the user says that it must be: `SHA256:…`. */
  readonly fingerprint?: string;
}

/** A host's public key. */
export interface HostKey {
  /** `TYPE BASE64` */
  readonly key: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
}

/** Where a site's administrator reads the fingerprint from, without trusting any line. */
export const onConsole =
  'On the site\'s own console "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints it';

/**
 * The key to pin, and whether somebody must confirm it first. One that was pinned, or that the user named, needs nobody.
 *
 * @throws UserError when the host shows another one than it should
 */
export function chooseHostKey({ host, shown, pinned, fingerprint }: HostKeys): {
  readonly chosen: HostKey;
  readonly confirm: boolean;
} {
  const found = shown.map((each) => `${each.fingerprint} (${typeOf(each)})`).join(", ");
  if (fingerprint !== undefined) {
    const named = shown.find((each) => each.fingerprint === fingerprint);
    if (named === undefined) {
      throw new UserError(
        `${host} shows ${found}, and not ${fingerprint}: somebody else answers in its place, or the fingerprint is another host's. ${onConsole}.`,
      );
    }
    return { chosen: named, confirm: false };
  }
  if (pinned !== undefined) {
    if (!shown.some(({ key }) => key === pinned.key)) {
      throw new UserError(
        `${host} shows ${found}, but ${pinned.fingerprint} is pinned. If the site was set up anew, enroll it with --fingerprint. ${onConsole}.`,
      );
    }
    return { chosen: pinned, confirm: false };
  }
  const [first] = [...shown].sort((one, other) => rank(one) - rank(other));
  if (first === undefined) {
    throw new UserError(`${host} shows no host key. Run "ssh-keygen -A" there, and restart its sshd.`);
  }
  return { chosen: first, confirm: true };
}

/** The type of a key, as in `ssh-ed25519`. */
export const typeOf = ({ key }: HostKey): string => key.split(" ")[0] ?? "";

function rank(key: HostKey): number {
  const place = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"].indexOf(
    typeOf(key),
  );
  return place === -1 ? 9 : place;
}
