/** Looks into the files of a folder. It lies in `content/`; this is where the suite has taken it from. */
import { type Scan, scanPaths } from "./content";

export type { Scan } from "./content";

/**
 * Looks for personal data and secrets in all files of a folder, and in their names.
 *
 * @param folder a clean export of a commit
 */
export const scanFolder = (folder: string): Promise<Scan> => scanPaths([folder]);
