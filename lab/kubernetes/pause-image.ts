/** The image that holds a pod's namespaces: no registry takes part, so pods start whatever else of the lab is up. */
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { writeImage } from "../oci";
import { containerdSocket, inCluster, pauseImage } from "./places";

/** The arguments of `ctr` that address the images of Kubernetes. */
const ctr = async (...args: string[]): Promise<string> =>
  (await execa("ctr", ["--address", containerdSocket, "--namespace", "k8s.io", ...args])).stdout;

/** Gives the pause image to containerd, which must serve. Nothing happens when it has it. */
export async function importPauseImage(): Promise<void> {
  if ((await ctr("images", "list", "--quiet")).split("\n").includes(pauseImage)) return;
  const folder = inCluster("pause");
  const [root, layout, archive] = ["root", "layout", "layout.tar"].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await rm(folder, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  // Debian's busybox-static.
  await copyFile("/bin/busybox", path.join(root, "busybox"));
  await writeImage(root, layout, { Env: [], Cmd: ["/busybox", "sleep", "infinity"] });
  await execa("tar", ["--create", `--file=${archive}.part`, `--directory=${layout}`, "."]);
  await rename(`${archive}.part`, archive);
  await ctr("images", "import", "--base-name", pauseImage.replace(/:latest$/, ""), archive);
}
