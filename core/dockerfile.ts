/** The images that a Dockerfile begins with or copies from. Pure. */

/** Variables by name. */
type Variables = Readonly<Record<string, string>>;

/**
 * The images, with registry and tag, in order and once: those of FROM, of `COPY --from` and of mounts. Stages of the file itself and
 * `scratch` are none.
 *
 * @param args build arguments
 * @param platform such as `linux/amd64`
 */
export function baseImagesOf(dockerfile: string, args: Variables, platform: string): string[] {
  const [os = "", arch = ""] = platform.split("/");
  let variables: Variables = { TARGETPLATFORM: platform, TARGETOS: os, TARGETARCH: arch };
  const stages = new Set<string>();
  const images: string[] = [];
  let hasBegun = false;
  for (const line of instructionsOf(dockerfile)) {
    const [instruction = "", ...words] = line.split(/\s+/);
    switch (instruction.toUpperCase()) {
      case "ARG":
        // Only those before the first FROM may stand in a FROM.
        if (!hasBegun) variables = { ...variables, ...defaultsIn(words, variables, args) };
        break;
      case "FROM": {
        hasBegun = true;
        const [image = "", , name] = words.filter((word) => !word.startsWith("--"));
        images.push(expand(image, variables));
        if (name !== undefined) stages.add(name.toLowerCase());
        break;
      }
      default:
        images.push(...copiedFrom(line).map((image) => expand(image, variables)));
    }
  }
  const outside = images.filter(
    (image) =>
      image !== "" && image !== "scratch" && !/^\d+$/.test(image) && !stages.has(image.toLowerCase()),
  );
  return [...new Set(outside.map(withRegistry))];
}

/** Lines without comments, those that go on joined. */
function instructionsOf(dockerfile: string): string[] {
  return dockerfile
    .split(/\r?\n/)
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\[ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function defaultsIn(words: readonly string[], before: Variables, args: Variables): Variables {
  const defaults = words.map((word) => {
    const [name = "", ...rest] = word.split("=");
    return [name, args[name] ?? expand(rest.join("=").replace(/^(["'])(.*)\1$/, "$2"), before)];
  });
  return Object.fromEntries(defaults) as Variables;
}

/** `$NAME`, `${NAME}`, `${NAME:-else}`, `${NAME:+then}`. */
function expand(text: string, variables: Variables): string {
  return text.replaceAll(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_all, bare?: string, braced?: string, sign?: string, word = "") => {
      const value = variables[bare ?? braced ?? ""] ?? "";
      if (sign === "+") {
        return value === "" ? "" : String(word);
      }
      return value === "" && sign === "-" ? String(word) : value;
    },
  );
}

function copiedFrom(line: string): string[] {
  return /^(COPY|ADD|RUN)\s/i.test(line)
    ? [...line.matchAll(/--(?:from=|mount=\S*?\bfrom=)([^\s,]+)/g)].map(([, image = ""]) => image)
    : [];
}

/** As docker reads a name: its own registry and the tag `latest` are what stands for nothing. */
function withRegistry(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const whole = hasRegistry ? image : `docker.io/${rest.length > 0 ? image : `library/${image}`}`;
  return /@|:[^/]+$/.test(whole) ? whole : `${whole}:latest`;
}
