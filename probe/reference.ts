/** Reads values that lie elsewhere, at the moment they are needed: they never become inputs, state or arguments. */
import fs from "node:fs";
import path from "node:path";
import type { Reference } from "../core/config";
import { UserError } from "../core/errors";
import { projectFolder } from "../store/project";

/**
 * The text that a reference points at, without the line end of a file.
 *
 * @param what what it is, for the error: `password`
 * @throws UserError when it is not there
 */
export function readReference(what: string, value: Reference | string): string {
  if (typeof value === "string") {
    return value;
  }
  if ("file" in value) {
    return readText(what, value.file).replace(/\r?\n$/, "");
  }
  const text = process.env[value.env];
  if (text === undefined || text === "") {
    throw new UserError(
      `${what}: the environment variable ${value.env} is not set. Set it, or name a { file: PATH }.`,
    );
  }
  return text;
}

/**
 * The text of a file that settings name: its path is absolute, or relative to the project's folder.
 *
 * @throws UserError when it can't be read
 */
export function readText(what: string, file: string): string {
  try {
    return fs.readFileSync(path.resolve(projectFolder, file), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "is not there" : `can't be read (${code ?? String(error)})`;
    throw new UserError(`${what}: the file ${file} ${why}.`);
  }
}
