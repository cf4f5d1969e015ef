/** Makes a bundle's zip, and keeps it among the blobs. */
import fs from "node:fs";
import path from "node:path";
import type { Provider } from "../dynamic/resource";
import { directoryBlobs } from "../../store/blobs";
import { projectFolder, trailFolder } from "../../store/project";
import type { BundleArgs } from ".";
import { pickFiles, zip } from "./zip";

type State = BundleArgs & { readonly sha256: string; readonly size: number };

function make(args: BundleArgs): State {
  const bytes = zip(pickFiles(path.join(projectFolder, args.folder), args.files), args.committedAt);
  return { ...args, sha256: directoryBlobs(trailFolder()).put(bytes), size: bytes.byteLength };
}

/** The provider of a bundle's zip. */
export const provider: Provider<BundleArgs, State> = {
  create: (args) => {
    const outs = make(args);
    return Promise.resolve({ id: outs.sha256, outs });
  },
  read: (id, state) =>
    Promise.resolve(
      state !== undefined && fs.existsSync(directoryBlobs(trailFolder()).pathOf(state.sha256))
        ? { id, props: state }
        : {},
    ),
  diff: (_id, olds, news) =>
    Promise.resolve({
      changes:
        olds.folder !== news.folder ||
        olds.committedAt !== news.committedAt ||
        JSON.stringify(olds.files) !== JSON.stringify(news.files),
    }),
  update: (_id, _olds, news) => Promise.resolve({ outs: make(news) }),
  delete: () => Promise.resolve(),
};
