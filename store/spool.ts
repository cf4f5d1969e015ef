/** What is to be delivered to others: kept as files until it is, in the order in which it came. */
import fs from "node:fs";
import path from "node:path";

/** Keeps an item. */
export function spool(folder: string, item: unknown): void {
  fs.mkdirSync(folder, { recursive: true });
  const name = `${String(Date.now())}-${String(process.hrtime.bigint())}.json`;
  fs.writeFileSync(path.join(folder, `.${name}`), JSON.stringify(item), { mode: 0o640, flush: true });
  fs.renameSync(path.join(folder, `.${name}`), path.join(folder, name));
}

/**
 * Delivers what is kept, oldest first, and stops at the first that does not go through.
 *
 * @param deliver false or a throw keeps the item
 * @returns how many are left
 */
export async function drain(folder: string, deliver: (item: unknown) => Promise<boolean>): Promise<number> {
  if (!fs.existsSync(folder)) {
    return 0;
  }
  const names = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .sort();
  for (const [done, name] of names.entries()) {
    const file = path.join(folder, name);
    const delivered = await deliver(JSON.parse(fs.readFileSync(file, "utf8"))).catch(() => false);
    if (!delivered) {
      return names.length - done;
    }
    fs.rmSync(file);
  }
  return 0;
}
