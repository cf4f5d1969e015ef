/**
 * FTP servers that tests try partners' inboxes against. Debian lets one FTP server be installed at a time, and that is
 * vsftpd; so these are unpacked beside it, and run from where they lie. Their libraries are ordinary packages: see bootstrap.sh.
 */
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { once } from "./cache";

const packages = ["proftpd-core", "proftpd-mod-crypto", "pure-ftpd"];

/** Where the programs lie, and ProFTPD's modules. */
export interface FtpServers {
  readonly proftpd: string;
  /** ProFTPD's folder of modules. */
  readonly modules: string;
  readonly pureFtpd: string;
}

/** The servers; the first time they are fetched. */
export async function ftpServers(): Promise<FtpServers> {
  const folder = await once("ftp-servers-debian-12", unpack);
  return {
    proftpd: path.join(folder, "usr/sbin/proftpd"),
    modules: path.join(folder, "usr/lib/proftpd"),
    pureFtpd: path.join(folder, "usr/sbin/pure-ftpd"),
  };
}

async function unpack(folder: string): Promise<void> {
  const fetched = path.join(folder, "packages");
  await mkdir(fetched);
  const fetch = () => execa("apt-get", ["download", ...packages], { cwd: fetched });
  // A machine may not have asked its mirror for a while, or never.
  await fetch().catch(async () => {
    await execa("apt-get", ["update"]);
    await fetch();
  });
  for (const file of await readdir(fetched)) {
    await execa("dpkg-deb", ["--extract", path.join(fetched, file), folder]);
  }
}
