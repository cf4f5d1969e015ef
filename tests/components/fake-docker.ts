/** A docker engine for the scripts of a site that is none: containers, images and a network in memory. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** A container. */
interface Container {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  running: boolean;
  /** What the proxy in it sends requests to. */
  route?: string;
}

interface Answer {
  readonly code?: number;
  readonly out?: string | Buffer;
  readonly err?: string;
}

/**
 * The command `docker` in a folder, answered by this process: to start another one for each call takes its time. What nobody
 * expects is an error, and is remembered.
 */
export class FakeDocker {
  /** Its images, each with its tags. */
  readonly images: Record<string, string[]> = {};
  /** What was handed to it for each image that it was given: paths in the archive. */
  readonly loads: string[][] = [];
  /** Whether it wants all layers of an image, as one on containerd's store does, or those that it lacks. */
  wantsAll = false;
  private readonly layers: Record<string, readonly string[]> = {};
  readonly containers: Record<string, Container> = {};
  /** What it was asked. */
  readonly calls: string[] = [];
  /** What it was asked, and nobody expects. */
  readonly unexpected: string[] = [];
  /** Containers whose health check fails. */
  readonly sick: string[] = [];
  /** Containers that fall sick after so many health checks that were good. */
  readonly fainting: Record<string, number> = {};
  /** Commands that fail, by how they begin, and what is said then. */
  readonly failures: { command: string; said: string }[] = [];
  private network: string | undefined;
  private settings: string | undefined;
  private readonly questions: fs.ReadStream;
  private readonly answers: number;

  constructor(private readonly folder: string) {
    const [ask, answer] = [path.join(folder, "ask"), path.join(folder, "answer")];
    execFileSync("mkfifo", [ask, answer]);
    const wrapper = `#!/bin/sh
cd "${folder}"
exec 9>lock && command -p flock 9 # a script may ask two things at once
case "$*" in load | "cp - "* | "exec -i "*) cat >in ;; esac
{ printf '%s\\036' "$@" && printf '\\035'; } >ask
read -r code <answer
cat out
cat err >&2
exit "$code"
`;
    fs.writeFileSync(path.join(folder, "docker"), wrapper, { mode: 0o755 });
    // Opened for both, so that neither side has to wait for the other one to open it.
    this.answers = fs.openSync(answer, "r+");
    this.questions = fs.createReadStream("", { fd: fs.openSync(ask, "r+"), encoding: "utf8" });
    let heard = "";
    this.questions.on("data", (chunk) => {
      heard += String(chunk);
      const asked = heard.split("\u001d");
      heard = asked.pop() ?? "";
      for (const each of asked) this.reply(each.split("\u001e").slice(0, -1));
    });
  }

  /** Ends it: it stops to listen. */
  close(): void {
    this.questions.destroy();
    fs.closeSync(this.answers);
    // Who waits to read is woken.
    fs.writeFileSync(path.join(this.folder, "ask"), "\u001d", { flag: "r+" });
  }

  private reply(argv: readonly string[]): void {
    this.calls.push(argv.join(" "));
    const { code = 0, out = "", err = "" } = this.answerTo(argv);
    fs.writeFileSync(path.join(this.folder, "out"), typeof out === "string" && out !== "" ? `${out}\n` : out);
    fs.writeFileSync(path.join(this.folder, "err"), err === "" ? "" : `${err}\n`);
    fs.writeSync(this.answers, `${String(code)}\n`);
  }

  private answerTo(argv: readonly string[]): Answer {
    const failure = this.failures.find(({ command }) => argv.join(" ").startsWith(command));
    if (failure !== undefined) return { code: 1, err: failure.said };
    const [command = "", ...rest] = argv;
    const last = rest.at(-1) ?? "";
    switch (command) {
      case "version":
        return {};
      case "info":
        return { out: "/var/lib/docker" };
      case "image":
        return this.image(rest, last);
      case "load":
        return this.load();
      case "rmi":
        if (Object.values(this.containers).some(({ image }) => image === last)) return no("it is being used");
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- it is a map
        delete this.images[last];
        return {};
      case "network":
        if (rest[0] === "create") this.network = "net1";
        return this.network === undefined ? no("No such network") : { out: this.network };
      case "create":
        return this.create(rest);
      case "inspect":
        return this.ofContainer(last, (found) => this.inspect(rest, last, found));
      case "start":
      case "stop":
        return this.ofContainer(last, (found) => {
          found.running = command === "start";
          return {};
        });
      case "rm":
      case "rename":
        return this.ofContainer(command === "rm" ? last : (rest[0] ?? ""), (found) => {
          // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- it is a map
          delete this.containers[command === "rm" ? last : (rest[0] ?? "")];
          if (command === "rename") this.containers[last] = found;
          return {};
        });
      case "ps":
        return this.list(rest);
      case "cp":
        return this.copy(rest, last);
      case "logs":
        return { out: "its last words" };
      case "exec":
        return this.execute(rest);
      default:
        return this.refuse(argv);
    }
  }

  private refuse(argv: readonly string[]): Answer {
    this.unexpected.push(argv.join(" "));
    return { code: 9, err: `nobody expects docker ${argv.join(" ")}` };
  }

  private ofContainer(name: string, use: (found: Container) => Answer): Answer {
    const found = this.containers[name];
    return found === undefined ? no(`No such container: ${name}`) : use(found);
  }

  private image(rest: readonly string[], last: string): Answer {
    if (rest[0] === "ls") {
      // Since version 29 images without a name are among all of them alone.
      const listed = Object.keys(this.images).filter(
        (id) => rest[1] === "-aq" || this.images[id]?.length !== 0,
      );
      return { out: listed.join("\n") };
    }
    if (rest.some((word) => word.includes(".RootFS.Layers"))) {
      const asked = rest.filter((word) => this.images[word] !== undefined);
      return { out: asked.map((id) => this.layers[id]?.join(" ") ?? "").join("\n") };
    }
    const tags = this.images[last];
    if (tags === undefined) return no(`No such image: ${last}`);
    return { out: rest.includes("{{len .RepoTags}}") ? String(tags.length) : "[]" };
  }

  private load(): Answer {
    const files = extract(path.join(this.folder, "in"));
    this.loads.push(Object.keys(files));
    const [image] = JSON.parse(files["manifest.json"] ?? "") as [{ Config: string; Layers: string[] }];
    const config = JSON.parse(files[image.Config] ?? "") as { rootfs: { diff_ids: string[] } };
    const { diff_ids: layers } = config.rootfs;
    const isThere = (index: number): boolean =>
      !this.wantsAll &&
      Object.values(this.layers).some((others) =>
        layers.slice(0, index + 1).every((id, at) => id === others[at]),
      );
    const missing = image.Layers.find((file, index) => files[file] === undefined && !isThere(index));
    if (missing !== undefined) return no(`open ${missing}: no such file or directory`);
    const id = image.Config.replace("blobs/sha256/", "sha256:");
    this.images[id] = [];
    this.layers[id] = layers;
    return {};
  }

  private create(rest: readonly string[]): Answer {
    const valuesOf = (option: string): string[] =>
      rest.filter((_, index) => index > 0 && rest[index - 1] === option);
    const [name = ""] = valuesOf("--name");
    const image = rest.find((word) => /^sha256:[0-9a-f]{64}$/.test(word)) ?? "";
    if (this.containers[name] !== undefined) return no(`${name} is in use`);
    if (this.images[image] === undefined) return no(`No such image: ${image}`);
    const labels = Object.fromEntries(
      valuesOf("--label").map((label) => label.split(/=(.*)/s)),
    ) as Container["labels"];
    this.containers[name] = { image, labels, hasNetwork: rest.includes("--network"), running: false };
    return {};
  }

  private inspect(
    rest: readonly string[],
    name: string,
    { image, labels, hasNetwork, running }: Container,
  ): Answer {
    const format = rest[0] === "-f" ? (rest[1] ?? "") : "";
    if (format.startsWith("container=")) {
      return {
        out: `container=/${name}\nimage=${image}\nsince=${since}\nrunning=${String(running)}\nmade=${labels["hms.service"] ?? ""}/${labels["hms.role"] ?? ""}`,
      };
    }
    const [, label] = /index \.Config\.Labels "([^"]+)"/.exec(format) ?? [];
    if (label !== undefined) {
      return { out: `${image} ${labels[label] ?? ""} ${hasNetwork ? `in ${this.network ?? ""}` : ""}` };
    }
    if (format.includes("Healthcheck")) return { out: "CMD\ncheck" };
    const others: Record<string, string> = {
      "": "[]",
      "{{.State.Running}}": String(running),
      "{{.State.StartedAt}}": since,
      "{{.Id}} {{.State.Pid}}": "none 0",
    };
    return others[format] === undefined ? this.refuse(["inspect", ...rest]) : { out: others[format] };
  }

  private list(rest: readonly string[]): Answer {
    const filters = rest.flatMap((word) => {
      const [, label, value] = /^label=([^=]+)=(.*)$/.exec(word) ?? [];
      return label === undefined ? [] : [[label, value] as const];
    });
    const found = Object.entries(this.containers).filter(
      ([, { labels, running }]) =>
        (running || rest[0] === "-a" || rest[0] === "-aq") &&
        filters.every(([label, value]) => labels[label] === value),
    );
    const withImage = rest.some((word) => word.includes('.Label "hms.image"'));
    return {
      out: found
        .map(([name, { labels }]) => (withImage ? `${name} ${labels["hms.image"] ?? ""}` : name))
        .join("\n"),
    };
  }

  private copy([from = ""]: readonly string[], to: string): Answer {
    const [name = "", inside = ""] = (from === "-" ? to : from).split(":");
    return this.ofContainer(name, (found) => {
      if (from === "-") {
        // The route that a new proxy is furnished with.
        const [route] = routes.exec(this.input()) ?? [];
        found.route = route;
        return {};
      }
      const said = inside.endsWith("/route") ? found.route : this.settings;
      return said === undefined ? no(`No such file: ${inside}`) : { out: tarOf(said) };
    });
  }

  private isWell(container: string): boolean {
    const left = this.fainting[container] ?? Infinity;
    this.fainting[container] = left - 1;
    return left > 0 && !this.sick.includes(container);
  }

  private execute(rest: readonly string[]): Answer {
    const [first = "", second = ""] = rest;
    if (first !== "-i") return { code: second === "check" && this.isWell(first) ? 0 : 1 };
    return this.ofContainer(second, (proxy) => {
      if (rest[3] === "reload") this.settings = this.input();
      else if (rest[3] === "storage") [proxy.route] = routes.exec(this.input()) ?? [];
      else return this.refuse(["exec", ...rest]);
      return {};
    });
  }

  /** What came on its standard input. */
  private input(): string {
    return fs.readFileSync(path.join(this.folder, "in"), "latin1");
  }
}

const since = "2026-11-27T10:00:00.123456789Z";
const routes = /flood-formula-[0-9a-f]{12}(?:-2)?:\d+/;
const no = (err: string): Answer => ({ code: 1, err });

/** The files of a tar archive, by their paths. */
function extract(archive: string): Record<string, string> {
  const names = execFileSync("tar", ["-tf", archive], { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(
    names.map((name) => [name, execFileSync("tar", ["-xOf", archive, name], { encoding: "utf8" })]),
  );
}

/** A tar archive of one file. */
function tarOf(text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write("file");
  header.write("0000644\0", 100);
  header.write(`${text.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
