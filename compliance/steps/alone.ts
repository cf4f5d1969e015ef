/** Runs a service's command where it sees neither our keys nor our processes: its code is the service's, the machine is ours. */
import fs from "node:fs";
import { execa } from "execa";

/** A shell's script: hides folders, gives up every privilege, and runs the command. Its arguments: the command, the folders. */
const script = [
  'command=$1; shift; for folder in "$@"; do [ -d "$folder" ] || continue; mount -t tmpfs -o mode=0000 tmpfs "$folder" || exit 125; done',
  // What this shell would say of how the command ended is no part of what the command said.
  'exec 3>&2 2>/dev/null; setpriv --bounding-set=-all --inh-caps=-all --no-new-privs sh -c "$command" 2>&3 3>&-',
].join("; ");

/**
 * `setpriv` and `unshare` of util-linux: mounts and processes of its own, which end with it; and it ends with us. Its environment says
 * nothing of us, so nobody else could find what a killed run has left there.
 */
const alone = [
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"],
];

let works: Promise<boolean> | undefined;

/** Whether this machine lets us: only root may, and not in every container. */
function canIsolate(): Promise<boolean> {
  const [program, ...args] = [...alone, "setpriv --bounding-set=-all --inh-caps=-all --no-new-privs true"];
  works ??= execa(program, args, { reject: false, stdio: "ignore" }).then(({ failed }) => !failed);
  return works;
}

/**
 * The argv that runs a command: alone, where the machine allows it, else as it is.
 *
 * @param hidden folders that it must not see; those that are not there need not be hidden
 */
export async function aloneArgv(command: string, hidden: readonly string[]): Promise<string[]> {
  return (await canIsolate())
    ? [...alone, script, "sh", command, ...new Set(hidden.filter((folder) => fs.existsSync(folder)))]
    : ["sh", "-c", command];
}
