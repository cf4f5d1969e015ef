/** The engine and the plugins on machines of several kinds, with programs in the place of Pulumi's. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { machineEngine, type Engine } from "../../lab/toolchain/engine";
import {
  pluginFile,
  pluginOf,
  plugins,
  presentSource,
  pulumiHome,
  type Plugin,
} from "../../lab/toolchain/plugins";

let machine: string;
let before: NodeJS.ProcessEnv;
let wanted: Plugin[];

const at = (...parts: string[]): string => path.join(machine, ...parts);

const program = (file: string, script: string): void => {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
};

/** How often the program in the place of `pulumi` was run. */
const runs = (): number =>
  existsSync(at("runs")) ? readFileSync(at("runs"), "utf8").split("\n").length - 1 : 0;

const engineThat = (script: string): Engine => {
  program(at("engine", "pulumi"), `echo run >> '${at("runs")}'\n${script}`);
  return { folder: at("engine"), version: "3.220.0", origin: "built" };
};

const downloads = [
  'folder="$PULUMI_HOME/plugins/resource-$4-v$5"',
  'mkdir -p "$folder" && printf x > "$folder/pulumi-resource-$4" && chmod +x "$folder/pulumi-resource-$4"',
].join("\n");

const isOutOfReach = [
  "for try in 1 2 3 4 5; do",
  '  echo "warning: Error downloading plugin: lookup: no such host" >&2',
  '  echo "Will retry in 80ms [$try/5]" >&2',
  "  sleep 0.1",
  "done",
  // Longer than a test may take: it must have been given up by now.
  "sleep 60",
].join("\n");

beforeEach(async () => {
  before = { ...process.env };
  machine = realpathSync(mkdtempSync(path.join(os.tmpdir(), "hms-machine-")));
  process.env["HOME"] = at("home");
  process.env["XDG_CACHE_HOME"] = at("cache");
  process.env["PATH"] = `${at("bin")}:/usr/bin:/bin`;
  delete process.env["PULUMI_HOME"];
  delete process.env["HMS_PLUGINS"];
  wanted = await Promise.all(["random", "command", "docker"].map(pluginOf));
});

afterEach(() => {
  process.env = before;
  rmSync(machine, { recursive: true });
});

describe("a machine with Pulumi's plugins", () => {
  const install = (home: string): void => {
    for (const plugin of wanted) program(pluginFile(home, plugin), "exit 0");
  };

  test("in the user's home: they are linked, and nothing is downloaded", async () => {
    install(at("home", ".pulumi"));
    expect(await plugins(engineThat("exit 1"))).toBe("official");
    expect(runs()).toBe(0);
    for (const plugin of wanted) {
      expect(realpathSync(pluginFile(pulumiHome("official"), plugin))).toBe(
        pluginFile(at("home", ".pulumi"), plugin),
      );
    }
  });

  test("in PULUMI_HOME", async () => {
    process.env["PULUMI_HOME"] = at("elsewhere");
    install(at("elsewhere"));
    expect(await plugins(engineThat("exit 1"))).toBe("official");
  });

  test("on PATH: the engine finds them by itself", async () => {
    for (const { name } of wanted) program(at("bin", `pulumi-resource-${name}`), "exit 0");
    expect(await plugins(engineThat("exit 1"))).toBe("official");
    expect(existsSync(pulumiHome("official"))).toBe(false);
  });

  test("one of which is missing, and out of reach: all three are stand-ins", async () => {
    install(at("home", ".pulumi"));
    rmSync(at("home", ".pulumi", "plugins", `resource-docker-v${wanted[2]?.version ?? ""}`), {
      recursive: true,
    });
    expect(await plugins(engineThat(isOutOfReach))).toBe("standin");
    expect(await presentSource()).toBe("standin");
  });
});

describe("a machine without plugins", () => {
  test("downloads them, once", async () => {
    const engine = engineThat(downloads);
    expect(await plugins(engine)).toBe("official");
    expect(await plugins(engine)).toBe("official");
    expect(runs()).toBe(3);
    expect(await presentSource()).toBe("official");
  });

  test("whose network is closed gives up early, takes the stand-ins, and does not ask again", async () => {
    const engine = engineThat(isOutOfReach);
    expect(await plugins(engine)).toBe("standin");
    expect(await plugins(engine)).toBe("standin");
    expect(runs()).toBe(1);
    for (const plugin of wanted) expect(existsSync(pluginFile(pulumiHome("standin"), plugin))).toBe(true);
  });

  test("whose user insists on official ones gets the reason and a remedy", async () => {
    process.env["HMS_PLUGINS"] = "official";
    await expect(plugins(engineThat('echo "error: no such host" >&2; exit 1'))).rejects.toThrow(
      /^HMS_PLUGINS=official, but the Pulumi plugin random .* can't be downloaded: no such host\. Where there is a network, run /,
    );
    expect(existsSync(pulumiHome("standin"))).toBe(false);
  });

  test("whose user wishes stand-ins gets them without a try", async () => {
    process.env["HMS_PLUGINS"] = "standin";
    expect(await plugins(engineThat(downloads))).toBe("standin");
    expect(runs()).toBe(0);
  });
});

describe("a pulumi on PATH", () => {
  test("is used when it is new enough and has the language host", async () => {
    program(at("bin", "pulumi"), "echo v3.200.1");
    program(at("bin", "pulumi-language-nodejs"), "exit 0");
    expect(await machineEngine()).toEqual({ folder: at("bin"), version: "3.200.1", origin: "machine" });
  });

  test.each([
    ["is too old", "echo v3.149.0", true],
    ["does not run", "exit 1", true],
    ["has no language host", "echo v3.200.1", false],
  ])("is left alone when it %s", async (_, script, host) => {
    program(at("bin", "pulumi"), script);
    if (host) program(at("bin", "pulumi-language-nodejs"), "exit 0");
    expect(await machineEngine()).toBeUndefined();
  });
});
