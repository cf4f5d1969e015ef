/** What a site is asked before anything travels, by the real shell; and the command lines. */
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { blobsArgv, filesArgv, parseAnswer } from "../../components/site/rsync";
import { parseQueues } from "../../components/site/wire";
import { isGreeting } from "../../core/ssh";

const way = {
  to: "deploy@10.0.0.2",
  folder: "/srv/it's ours/flood",
  ssh: "ssh -p 22",
  stallTimeoutSeconds: 15,
};
const content = "a layer";
const sha256 = createHash("sha256").update(content).digest("hex");
const missing = "0".repeat(64);
const blobs = [
  { sha256, size: content.length },
  { sha256: missing, size: 10 },
];

describe("the site is asked", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-it's a site-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** Runs what rsync runs on the site, with `true` in rsync's place. */
  async function ask(): Promise<string> {
    const argv = blobsArgv({ ...way, folder: `${folder}/flood` }, "/list", "/layouts", blobs);
    const command =
      argv.find((word) => word.startsWith("--rsync-path="))?.slice("--rsync-path=".length) ?? "";
    const { stderr, stdout } = await execa("sh", [
      "-c",
      `${command.replace('exec rsync "$@"', 'echo "$@"')} --server .`,
    ]);
    expect(stdout).toBe("--server .");
    return `${stderr}\n`;
  }
  const put = (text: string): void => {
    fs.mkdirSync(path.join(folder, "flood/blobs/sha256"), { recursive: true });
    fs.writeFileSync(path.join(folder, "flood/blobs/sha256", sha256), text);
  };

  test("and has nothing yet: its folder is made", async () => {
    expect(parseAnswer(await ask())).toEqual(new Map());
    expect(fs.existsSync(path.join(folder, "flood"))).toBe(true);
  });
  test("and has a whole blob, and a part", async () => {
    put(content);
    expect(parseAnswer(await ask())).toEqual(new Map([[sha256, content.length]]));
    put(content.slice(0, 3));
    expect(parseAnswer(await ask())).toEqual(new Map([[sha256, 3]]));
  });
  test.each(["A LAYER", "a layer, and more"])("and has %j for a blob: it is removed", async (text) => {
    put(text);
    expect(parseAnswer(await ask())).toEqual(new Map());
    expect(fs.readdirSync(path.join(folder, "flood/blobs/sha256"))).toEqual([]);
  });
});

test("an answer counts once it is whole", () => {
  expect(isGreeting("Authorized use only\nhms ready\n")).toBe(true);
  expect(parseAnswer(`Authorized use only\nhms ready\nhms has ${sha256} 3\n`)).toBeUndefined();
  expect(isGreeting("Authorized use only\n")).toBe(false);
});

test("blobs are gone on with and never compressed; the other files are there whole or not at all", () => {
  const argv = blobsArgv(way, "/list", "/layouts", []);
  expect(argv.filter((word) => !word.startsWith("--rsync-path="))).toEqual(
    "rsync|-e|ssh -p 22|--timeout=60|--stats|--no-human-readable|--times|--append-verify|--info=progress2|--outbuf=N|--files-from=/list|/layouts/|deploy@10.0.0.2:.".split(
      "|",
    ),
  );
  expect(filesArgv(way, "/list", "/layouts")).toEqual([
    "rsync",
    ...["-e", "ssh -p 22"],
    String.raw`--rsync-path=sh -c 'mkdir -p '\''/srv/it'\''\'\'''\''s ours/flood'\'' && cd '\''/srv/it'\''\'\'''\''s ours/flood'\'' && echo '\''hms ready'\'' >&2 && exec rsync "$@"' hms`,
    ...["--timeout=60", "--stats", "--no-human-readable", "--times", "--checksum"],
    ...["--files-from=/list", "/layouts/", "deploy@10.0.0.2:."],
  ]);
});

test("the kernel's send queues are read", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   1: 01014D0A:8C3A 02014D0A:0016 01 0001F400:00000010 01:00000014 00000000     0        0 48213 2 0000000000000000 20 4 30 10 -1",
  ].join("\n");
  expect(parseQueues(table)).toEqual([{ inode: "48213", bytes: 128_000 }]);
});
