/** The gate of a site: with the real script, rsync and scripts; docker is a program that notes what it was asked. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { scripts } from "../../../components/site/layout";
import { blobsArgv, filesArgv } from "../../../components/site/rsync";
import { isGreeting } from "../../../core/ssh";
import { makeGate } from "../../../pipeline/sites/gate";
import { projectFolder } from "../../../store/project";

let folder: string;
let home: string;
let gate: string;

const files = (dockerHost?: string): ReadonlyMap<string, string> =>
  makeGate({ site: "anchorage", folder, service: "flood-formula", dockerHost }).files;

const hex = (digit: string): string => digit.repeat(64);

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "hms-gate-"));
  home = path.join(folder, "flood-formula");
  gate = path.join(folder, ".gate", "flood-formula");
  for (const each of [path.join(gate, "bin"), path.join(folder, "path"), path.join(home, "bin")]) {
    fs.mkdirSync(each, { recursive: true });
  }
  for (const [name, text] of files()) {
    fs.writeFileSync(path.join(gate, name), text);
  }
  // Whatever opening this version of the program sends, this one is let in here.
  fs.writeFileSync(path.join(gate, "openings"), `${home}/\tmkdir -p '${home}' && rsync\n`);
  fs.appendFileSync(path.join(gate, "settings"), `PATH=${path.join(folder, "path")}:$PATH\n`);
  fs.writeFileSync(path.join(folder, "path", "docker"), `#!/bin/sh\necho "$*" >>${folder}/asked\nexit 1\n`, {
    mode: 0o755,
  });
  for (const script of scripts) {
    fs.copyFileSync(path.join(projectFolder, script), path.join(home, "bin", path.basename(script)));
  }
  image("cacacacacaca", hex("a"));
});

/** What a release brings of an image. */
function image(name: string, blob: string, parts: Record<string, string> = {}): void {
  const files = {
    id: `sha256:${blob}\n`,
    digests: `${blob}  blobs/sha256/${blob}\n`,
    "manifest.json": `[{"Config":"blobs/sha256/${blob}","RepoTags":null,"Layers":["blobs/sha256/${blob}","blobs/sha256/${blob}"]}]\n`,
    ...parts,
  };
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(home, "images", name), { recursive: true });
    fs.writeFileSync(path.join(home, "images", name, file), text);
  }
}

/** Asks the gate, as sshd does. Returns what it says on stderr, or what it printed. */
async function ask(command: string | undefined): Promise<string> {
  const { exitCode, stdout, stderr } = await execa("sh", [path.join(gate, "gate.sh")], {
    env: command === undefined ? {} : { SSH_ORIGINAL_COMMAND: command },
    input: "",
    reject: false,
  });
  const said = (exitCode === 0 ? stdout : stderr).replaceAll(folder, "SITE");
  return `${exitCode === 0 ? "let in" : "kept out"}: ${said}`;
}

const asked = (): string => {
  const file = path.join(folder, "asked");
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
};

const refusal = "kept out: refused: this account takes releases of flood-formula, and does nothing else";

describe("a shell, or any other program", () => {
  test.each([
    [undefined, ": it has no shell"],
    ["", ": it has no shell"],
    ["id", " (id)"],
    ["sh", " (sh)"],
    ["bash -i", " (bash)"],
    ["internal-sftp", " (internal-sftp)"],
    ["/usr/lib/openssh/sftp-server", " (/usr/lib/openssh/sftp-server)"],
    ["scp -t /tmp", " (scp)"],
    ["docker ps", " (docker)"],
    ["docker run --privileged busybox", " (docker)"],
    ["cat SITE/flood-formula/bin/activate.sh", " (cat)"],
    ["rsync --daemon", " (rsync)"],
    ["rsync", " (rsync)"],
    ["sh -s", " (sh -s  )"],
    ["sh -s serving other", " (sh -s serving other)"],
    ["sh -s serving flood-formula more", " (sh -s serving flood-formula)"],
    ["sh -c id", " (sh)"],
    ["sh SITE/flood-formula/bin/serving.sh", " (sh)"],
    ["sh SITE/flood-formula/bin/../bin/activate.sh", " (sh)"],
    ["sh SITE/tax-formula/bin/activate.sh tax-formula", " (sh)"],
    ["sh SITE/flood-formula/bin/deactivate.sh tax-formula", " (deactivate tax-formula)"],
    ["sh SITE/flood-formula/bin/deactivate.sh flood-formula more", " (deactivate flood-formula)"],
    [
      "sh SITE/flood-formula/bin/activate.sh tax-formula 1 2 3 4 5 6 7",
      " (activate tax-formula 1 2 3 4 5 6 7)",
    ],
    ["sh SITE/flood-formula/bin/activate.sh flood-formula", " (activate flood-formula)"],
    [
      "sh SITE/flood-formula/bin/activate.sh -C /tmp flood-formula 3 4 5 6 7 8",
      " (activate -C /tmp flood-formula 3 4 5 6 7 8)",
    ],
    ["sh SITE/flood-formula/bin/activate.sh flood-formula 2 3 4 5 6 7 ../../x", " (activate ../../x)"],
    ["sh SITE/flood-formula/bin/activate.sh flood-formula 2 3 4 5 6 7 -x", " (activate -x)"],
    ["sh SITE/flood-formula/bin/activate.sh flood-formula 2 3 4 5 6 7 a/b", " (activate a/b)"],
  ])("%s", async (command, why) => {
    expect(await ask(command?.replaceAll("SITE", folder))).toBe(`${refusal}${why}`);
    expect(asked()).toBe("");
  });

  test.each([
    "id; id",
    "sh -s serving flood-formula; id",
    "sh -s serving flood-formula\nid",
    "sh -s serving $(id)",
    "sh -s serving `id`",
    "sh -s serving flood-formula && id",
    "sh -s serving 'flood-formula'",
    'sh -s serving "flood-formula"',
    "sh -s serving flood-formula | sh",
    "sh -s serving flood-formula > /tmp/x",
    "sh\t-s serving flood-formula",
    "sh -s serving flood-formul?",
    "rsync --server -rt . ~/x",
    String.raw`sh -s serving flood\-formula`,
    "mkdir -p 'SITE/flood-formula' && id",
    "mkdir -p 'SITE/flood-formula' && rsync; id",
    "mkdir -p 'SITE/flood-formula' && rsync --server -rt . SITE/flood-formula/; id",
    "mkdir -p 'SITE/flood-formula' && rsync --server -rt . SITE/flood-formula/ >x",
    "mkdir -p '/tmp' && rsync --server -rt . SITE/flood-formula/",
  ])("%j", async (command) => {
    expect(await ask(command.replaceAll("SITE", folder))).toBe(
      `${refusal} (what was asked for has characters that none of that needs)`,
    );
    expect(asked()).toBe("");
  });
});

describe("rsync", () => {
  const receiving = (options: string, into = `${home}/`): string =>
    `mkdir -p '${home}' && rsync --server ${options} . ${into}`;

  test.each([
    ["-trRe.iLsfxCIvu --timeout=60 --stats --partial-dir .partial"],
    ["-tcRe.LsfxCIvu --timeout=60 --stats"],
    ["-trze.iLsfxCIvu --inplace"],
    ["-tROe.iLsfxCIvu --append-verify --bwlimit=100"],
  ])("receives: %s", async (options) => {
    // Nobody speaks its language at the other end: that it says so is proof that it runs.
    expect(await ask(receiving(options))).toMatch(/^kept out: rsync: .*connection unexpectedly closed/s);
  });

  test.each([
    ["--sender -tre.iLsfxCIvu", "rsync --sender"],
    ["-lrte.iLsfxCIvu", "rsync -lrte.iLsfxCIvu"],
    ["-rtL", "rsync -rtL"],
    ["-rtK", "rsync -rtK"],
    ["-rtD", "rsync -rtD"],
    ["-rtpog", "rsync -rtpog"],
    ["-rts", "rsync -rts"],
    ["-rt --delete", "rsync --delete"],
    ["-rt --log-file=/tmp/x", "rsync --log-file=/tmp/x"],
    ["-rt --partial-dir /tmp", "rsync --partial-dir /tmp"],
    ["-rt --partial-dir=/tmp", "rsync --partial-dir=/tmp"],
    ["-rt --temp-dir=/tmp", "rsync --temp-dir=/tmp"],
    ["-rt --backup-dir=/tmp", "rsync --backup-dir=/tmp"],
    ["-rt --link-dest=/etc", "rsync --link-dest=/etc"],
    ["-rt --timeout=x", "rsync --timeout=x"],
    ["-rt --config=/tmp/x --daemon", "rsync --config=/tmp/x"],
    ["-rt --remove-source-files", "rsync --remove-source-files"],
    ["-rt --files-from=/etc/shadow", "rsync --files-from=/etc/shadow"],
    ["-rt --", "rsync --"],
    ["-rt .", "rsync ."],
  ])("refuses %s", async (options, why) => {
    expect(await ask(receiving(options))).toBe(`${refusal} (${why})`);
  });

  test.each([
    "/etc/",
    "SITE/",
    "SITE/.trusted/",
    "SITE/.gate/",
    "SITE/tax-formula/",
    "SITE/flood-formula/bin/",
    "SITE/flood-formula/../tax-formula/",
    "SITE/flood-formula/./",
  ])("does not receive into %s", async (into) => {
    expect(await ask(receiving("-rt", into.replace("SITE", folder)))).toBe(`${refusal} (rsync into ${into})`);
  });

  test("brings a release into the service's folder, and no link", async () => {
    const from = path.join(folder, "from");
    fs.mkdirSync(path.join(from, "blobs"), { recursive: true });
    fs.writeFileSync(path.join(from, "blobs", "one"), "1");
    fs.symlinkSync("/etc", path.join(from, "blobs", "away"));
    const remote = path.join(folder, "remote");
    // In the place of ssh: it is given the host, then what runs there.
    fs.writeFileSync(remote, `#!/bin/sh\nshift\nSSH_ORIGINAL_COMMAND="$*" exec sh ${gate}/gate.sh\n`, {
      mode: 0o755,
    });
    const send = (options: string) =>
      execa(
        "rsync",
        [options, `--rsync-path=mkdir -p '${home}' && rsync`, "-e", remote, `${from}/`, `site:${home}/`],
        {
          reject: false,
        },
      );
    expect(await send("-rt")).toMatchObject({ exitCode: 0 });
    expect(fs.readFileSync(path.join(home, "blobs", "one"), "utf8")).toBe("1");
    expect(fs.existsSync(path.join(home, "blobs", "away"))).toBe(false);
    expect((await send("-rtl")).stderr).toContain("refused: this account takes releases of flood-formula");
  });

  describe("that asks about blobs first", () => {
    const [before, after] = [
      "sh -c 'cd HOME && for b in ",
      `; do echo "has $b" >&2; done; exec rsync "$@"' hms`,
    ];
    beforeEach(() => {
      fs.writeFileSync(path.join(gate, "openings"), `.\t${before.replace("HOME", home)}\t${after}\n`);
    });
    const asking = (blobs: string, options = "-te.iLsfxCIvu --append-verify", into = "."): Promise<string> =>
      ask(`${before.replace("HOME", home)}${blobs}${after} --server ${options} . ${into}`);

    test("receives, and says what it has", async () => {
      expect(await asking(`${hex("a")}=12 ${hex("b")}=0`)).toMatch(
        new RegExp(
          `^kept out: has ${hex("a")}=12\nhas ${hex("b")}=0\nrsync: .*connection unexpectedly closed`,
          "s",
        ),
      );
    });
    test.each(["$(id)", "a; id; for b in b", "a' 'b", "a\nb", "/etc/passwd"])(
      "does not ask about %j",
      async (blobs) => {
        expect(await asking(blobs)).toBe(
          `${refusal} (what was asked for has characters that none of that needs)`,
        );
      },
    );
    test("takes no other options, and receives nowhere else", async () => {
      expect(await asking("a=1", "--sender -te.iLsfxCIvu")).toBe(`${refusal} (rsync --sender)`);
      expect(await asking("a=1", "-t", "/etc")).toBe(`${refusal} (rsync into /etc)`);
      expect(await asking("a=1", "-t", ". ; id")).toBe(
        `${refusal} (what was asked for has characters that none of that needs)`,
      );
    });
  });

  test("does not write through a link that somebody has put there", async () => {
    fs.symlinkSync("/tmp", path.join(home, "blobs"));
    expect(await ask(receiving("-rt"))).toBe(
      "kept out: refused: SITE/flood-formula/blobs is neither a file nor a folder. An administrator of this site must remove it",
    );
  });
});

test("what a shipment asks for is let in, and brings the files", async () => {
  fs.writeFileSync(path.join(gate, "openings"), files().get("openings") ?? "");
  const layouts = path.join(folder, "layouts");
  const list = path.join(folder, "list");
  const ssh = path.join(folder, "ssh");
  const blob = { sha256: hex("d"), size: 3 };
  fs.mkdirSync(path.join(layouts, "blobs/sha256"), { recursive: true });
  fs.writeFileSync(path.join(layouts, "blobs/sha256", blob.sha256), "abc");
  fs.writeFileSync(list, `blobs/sha256/${blob.sha256}\n`);
  // What sshd does with the words that a client asks for.
  fs.writeFileSync(ssh, `#!/bin/sh\nshift\nSSH_ORIGINAL_COMMAND="$*" exec sh ${gate}/gate.sh\n`, {
    mode: 0o755,
  });
  const way = { to: "site", folder: home, ssh, stallTimeoutSeconds: 15 };
  for (const [program = "", ...args] of [
    blobsArgv(way, list, layouts, [blob]),
    filesArgv(way, list, layouts),
  ]) {
    await execa(program, args);
    expect(fs.readFileSync(path.join(home, "blobs/sha256", blob.sha256), "utf8")).toBe("abc");
    fs.rmSync(path.join(home, "blobs"), { recursive: true });
  }
});

describe("the scripts", () => {
  const activate = (before = ""): Promise<string> =>
    ask(
      `${before}sh ${home}/bin/activate.sh flood-formula 3a3a3a3a3a3a 414141414141 sha256:${hex("b")} cacacacacaca 0.0.0.0:8080 8080 60`,
    );

  test("run from the gate's own copies, in the service's folder", async () => {
    // It looks for the keys that the site trusts: there are none.
    expect(await activate()).toMatch(/^kept out: refused: this site trusts no key\. .*SITE\/\.trusted/);
  });

  test("run again for a number before them, and for nothing else", async () => {
    expect(await activate("HMS_DRIFT=57 ")).toMatch(/^kept out: refused: this site trusts no key\./);
    expect(await activate("HMS_DRIFT=5x ")).toMatch(/^kept out: refused: this account takes releases/);
    expect(await activate("PATH=/tmp ")).toMatch(/^kept out: refused: this account takes releases/);
  });

  test("are the gate's own", async () => {
    fs.writeFileSync(path.join(gate, "bin", "activate.sh"), 'echo "own in $0"\n');
    expect(await activate()).toBe("let in: own in SITE/flood-formula/bin/activate.sh");
  });

  test("that came are not run, and must be those of the gate", async () => {
    fs.writeFileSync(path.join(home, "bin", "swap.sh"), "touch $HOME/hacked\n");
    expect(await activate()).toBe(
      'kept out: refused: the scripts that came with the release are not those of this site\'s gate. Run "npx hms site enroll anchorage --update"',
    );
  });

  test.each([
    ["an id that is an option", { id: "--privileged\n" }, "id"],
    ["an id of two lines", { id: `sha256:${hex("a")}\nsha256:${hex("b")}\n` }, "id"],
    ["digests with an option of tar", { digests: `${hex("a")}  --checkpoint-action=exec=sh\n` }, "digests"],
    ["digests of a file elsewhere", { digests: `${hex("a")}  ../.trusted/key.pem\n` }, "digests"],
    [
      "a manifest that names the image",
      {
        "manifest.json": `[{"Config":"blobs/sha256/${hex("a")}","RepoTags":["caddy"],"Layers":["blobs/sha256/${hex("a")}"]}]`,
      },
      "manifest.json",
    ],
  ])("are not given %s", async (_what, parts, file) => {
    image("cacacacacaca", hex("a"), parts);
    expect(await activate()).toBe(
      `kept out: refused: SITE/flood-formula/images/cacacacacaca/${file} is not what a release brings`,
    );
    expect(asked()).toBe("");
  });

  test("wait until files have come", async () => {
    const holder = execa("flock", ["-s", path.join(gate, "settings"), "sleep", "1"]);
    const begin = Date.now();
    await activate();
    expect(Date.now() - begin).toBeGreaterThan(500);
    await holder;
  });

  test("take the service off", async () => {
    fs.writeFileSync(path.join(folder, "path", "docker"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    expect(await ask(`sh ${home}/bin/deactivate.sh flood-formula`)).toBe("let in: ");
    expect(fs.existsSync(home)).toBe(false);
  });

  test("greet whoever asks what serves, before docker is asked", async () => {
    fs.writeFileSync(path.join(folder, "path", "docker"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
    const child = execa("sh", [path.join(gate, "gate.sh")], {
      env: { SSH_ORIGINAL_COMMAND: "sh -s serving flood-formula" },
      ...{ input: "", reject: false, detached: true, timeout: 10_000 },
    });
    const said = await new Promise<string>((resolve) => {
      child.stderr.once("data", (data: Buffer) => {
        resolve(data.toString());
      });
    });
    process.kill(-Number(child.pid), "SIGKILL");
    expect(isGreeting(said)).toBe(true);
    await child;
  });
  test("say what serves", async () => {
    expect(await ask("sh -s serving flood-formula")).toBe("let in: ");
    expect(asked()).toContain("flood-formula-proxy");
  });

  test("are each in one piece", () => {
    for (const [name, text] of files()) {
      if (name.startsWith("bin/")) {
        expect(text).not.toMatch(/^\s*\. /m);
      }
    }
  });
});

test("an engine of the account's own is the one that is asked", async () => {
  fs.writeFileSync(
    path.join(gate, "settings"),
    files("unix:///run/user/990/docker.sock").get("settings") ?? "",
  );
  fs.appendFileSync(path.join(gate, "settings"), `PATH=${path.join(folder, "path")}:$PATH\n`);
  fs.writeFileSync(path.join(folder, "path", "docker"), '#!/bin/sh\necho "$DOCKER_HOST"\n', { mode: 0o755 });
  expect(await ask("gate version")).toBe("let in: gate of flood-formula\nunix:///run/user/990/docker.sock");
});
