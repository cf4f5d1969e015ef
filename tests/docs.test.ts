/** Every example in the docs, run. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { execa } from "execa";
import { parse, parseAllDocuments } from "yaml";
import { parseStack, type StackSettingsOf } from "../core/config";
import { buildSettings, subscriberSettings } from "../core/config/build";
import { complianceSettings } from "../core/config/compliance";
import { clusterSettings, dockerHostSettings } from "../core/config/cloud";
import { guardSettings, parseGuard, routeSettings } from "../core/config/guard";
import { siteSettings } from "../core/config/onprem";
import { grafanaSettings, webhookSettings } from "../core/config/notices";
import { mappedFileSettings, mappingSettings } from "../core/config/partner-mappings";
import { partnerSettings } from "../core/config/partners";
import { neededBy, type Verdict } from "../core/guard";
import { mapRelease } from "../core/mapping";
import { plainPath } from "../core/request-path";
import { parseService } from "../core/service";
import { validate } from "../core/validate";
import { parseSecrets, signatureHeaders } from "../core/webhook";
import { readRules } from "../compliance/banned-apis/rules";
import { parseExceptions } from "../compliance/exceptions";
import { ethics } from "../compliance/steps/ethics";
import { sites } from "../lab/layout";
import { addGuardRoutes } from "../serve/guard-routes";
import { metricNames } from "../serve/metrics";
import { defaultGuardAddress, makeServer } from "../serve/server";
import { readMappings } from "../store/mappings";
import { projectFolder } from "../store/project";
import { folderWith, remove } from "./compliance/folder";
import { context, platform } from "./compliance/steps/context";
import { aRelease } from "./fixtures";

interface Block {
  readonly file: string;
  readonly language: string;
  readonly text: string;
}

const documents = ["README.md", "CONTRIBUTING.md", ...fs.globSync("docs/**/*.md", { cwd: projectFolder })];

const blocks: Block[] = documents.flatMap((file) =>
  [...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = "", text = ""]) => ({ file, language, text }),
  ),
);

const yaml = blocks.filter(({ language }) => language === "yaml");
const titled = (pattern: RegExp): [string, string, string][] =>
  yaml.flatMap(({ file, text }) => {
    const title = pattern.exec(text)?.[1];
    return title === undefined ? [] : [[title, file, text]];
  });

/** Keys `hms:…` of a stack file, without `hms:`. */
function settingsIn(text: string): Record<string, unknown> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("hms:", ""), value]));
}

/** Not those of the bench's own stack, which a bench that was killed leaves. */
const settingsOfTheLab = fs
  .globSync("Pulumi.*.yaml", { cwd: projectFolder })
  .filter((file) => file !== "Pulumi.offices.yaml");

describe("stack files", () => {
  const examples = titled(/^# (Pulumi\.[\w-]+\.yaml)$/m);
  test("are shown for each role", () => {
    expect(examples.map(([title]) => title)).toEqual(
      expect.arrayContaining([
        "Pulumi.build.yaml",
        "Pulumi.cloud.yaml",
        "Pulumi.onprem.yaml",
        "Pulumi.partners.yaml",
      ]),
    );
  });
  test.each(examples)("%s in %s", (title, _file, text) => {
    expect(() => parseStack(settingsIn(text), title)).not.toThrow();
  });
  test.each(settingsOfTheLab)("%s of the lab", (file) => {
    const text = fs.readFileSync(path.join(projectFolder, file), "utf8");
    expect(() => parseStack(settingsIn(text), file)).not.toThrow();
    expect(text).toMatch(/^encryptionsalt: /m);
  });
  test.each(settingsOfTheLab)("%s explains each setting", (file) => {
    const lines = fs.readFileSync(path.join(projectFolder, file), "utf8").split("\n");
    const key = (line: string): string | undefined => /^ +(?:- )?([\w:]+):/.exec(line)?.[1];
    const explained = lines.flatMap((line, n) => (/^ *#/.test(lines[n - 1] ?? "") ? [key(line)] : []));
    const lists = /^hms:(clusters|dockerHosts|sites|partners)$/;
    // Of a list its members are explained; what a user names is the user's.
    const own = new Set(["BASE"]);
    const bare = lines.map(key).filter((each) => each !== undefined && !lists.test(each) && !own.has(each));
    expect(bare.filter((each) => !explained.includes(each))).toEqual([]);
  });
});

test.each(titled(/^# (pipeline\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(() => parseService(text, title)).not.toThrow();
});

test.each(titled(/^# (mappings\/partner\/\w+\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(() => validate(mappingSettings, parse(text), { file: title })).not.toThrow();
});

test("the mappings of the lab fit the bundle of the example service", () => {
  const file = "Pulumi.partners.yaml";
  const settings = parseStack(
    settingsIn(fs.readFileSync(path.join(projectFolder, file), "utf8")),
    file,
  ) as StackSettingsOf<"partners">;
  const mappings = readMappings(settings.mappings, settings.partners, file);
  const rules = "rules/flood.json";
  const members = new Map([
    [rules, fs.readFileSync(path.join(projectFolder, "examples/flood-formula", rules))],
  ]);
  const made = settings.partners.flatMap((partner) => mapRelease(mappings, partner, aRelease(), members));
  expect(made.map(({ path: to, bytes }) => [to, Buffer.from(bytes).toString()])).toEqual([
    ["flood-levels.csv", "LEVEL;FROM_PERCENT\r\nlow;0\r\nmoderate;25\r\nhigh;50\r\nsevere;75\r\n"],
  ]);
});

test.each(titled(/^# (exceptions\.yml)$/m))("%s in %s", (title, _file, text) => {
  expect(parseExceptions(text, title).all.length).toBeGreaterThan(0);
});

test.each(titled(/^# rules\/banned-apis\/(\w+\.yml)$/m))("a rule, %s in %s", (title, _file, text) => {
  const folder = folderWith({ [title]: text });
  expect(readRules([folder])).toHaveLength(1);
  remove(folder);
});

test("what an ethics check prints, in docs/compliance.md", async () => {
  const block = blocks.find(({ file, language }) => file === "docs/compliance.md" && language === "json");
  const folder = folderWith({ "said.json": block?.text ?? "" });
  const checks = { ethics: [{ name: "said", run: "cat said.json" }] };
  const { objections } = await ethics.run(context({ folder, platform: platform(checks) }));
  expect(objections).toMatchObject([{ rule: "legal-basis", file: "rules/flood.json" }]);
  remove(folder);
});

test("how a receiver checks an event, in docs/events.md", async () => {
  const block = blocks.find(({ file, language }) => file === "docs/events.md" && language === "sh");
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const check = async (body: string, age: number): Promise<string> => {
    const signed = { id: "flood-formula-142", timestamp: Math.floor(Date.now() / 1000) - age, body: "{}" };
    const headers = signatureHeaders(signed, parseSecrets(`${secret}\n${secret}`, "secret"));
    const named = Object.entries(headers).map(([name, value]) => [
      name.toUpperCase().replace("-", "_"),
      value,
    ]);
    const folder = folderWith({ "body.json": body });
    const env = { SECRET: secret, ...(Object.fromEntries(named) as Record<string, string>) };
    const { stdout } = await execa("sh", ["-c", block?.text ?? ""], { cwd: folder, env, reject: false });
    remove(folder);
    return stdout;
  };
  expect(await check("{}", 0)).toBe("good");
  expect(await check("{ }", 0)).toMatch(/^not from/);
  expect(await check("{}", 400)).toMatch(/^not from/);
});

test.each(titled(/^# (\.gitlab-ci\.yml)$/m))(
  "%s in %s asks hms for what there is, a run at a time",
  async (_title, _file, text) => {
    const jobs = Object.entries(parse(text) as Record<string, { script: string[]; resource_group?: string }>);
    expect(jobs.length).toBeGreaterThan(0);
    for (const [name, { script, resource_group: group }] of jobs) {
      expect([name, group]).toEqual([name, "hms"]);
      for (const line of script) {
        const [, verb = "", options = ""] = /npx hms ([a-z ]+?) (--.*)$/.exec(line) ?? [];
        const { stdout } = await execa("node", ["cli/hms.js", ...verb.split(" "), "--help"], {
          cwd: projectFolder,
        });
        const known = [...options.matchAll(/--[a-z]+/g)].map(([option]) => option);
        expect(known.length).toBeGreaterThan(0);
        expect(known.filter((option) => !stdout.includes(option))).toEqual([]);
      }
    }
  },
);

test.each([
  ...titled(/^# (guard\.yml)$/m),
  ["guard.yml", "the project", fs.readFileSync(path.join(projectFolder, "guard.yml"), "utf8")],
])("%s in %s", (title, _file, text) => {
  expect(parseGuard(text, title).routes.length).toBeGreaterThan(0);
});

describe("proxies in docs/guard.md ask where the guard answers", () => {
  const example = (title: RegExp): string => titled(title)[0]?.[2] ?? "";
  const { host, port } = defaultGuardAddress;
  const answers = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
    const server = makeServer(() => undefined);
    const settings = parseGuard(fs.readFileSync(path.join(projectFolder, "guard.yml"), "utf8"), "guard.yml");
    const about = (needs: readonly unknown[]): Verdict =>
      needs.length === 0 ? { open: true } : { open: false, reason: "stale", message: "", targets: [] };
    addGuardRoutes(server, {
      settings,
      about,
      aboutRequest: (target) => about(neededBy(plainPath(target) ?? "/", "", settings)),
      state: () => ({ trail: "read", entries: 1 }),
      close: () => undefined,
    });
    const { statusCode } = await server.inject({ url, headers });
    await server.close();
    return statusCode;
  };
  test("nginx", async () => {
    const text = blocks.find(({ language }) => language === "nginx")?.text ?? "";
    expect(text).toContain(`server ${host}:${String(port)};`);
    const place = /location = \/_guard [^}]*proxy_pass http:\/\/guard(\S+);/.exec(text)?.[1] ?? "";
    const [, header = ""] = /proxy_set_header (\S+) \$request_uri;/.exec(text) ?? [];
    expect(await answers(place, { [header.toLowerCase()]: "/mississippi/x" })).toBe(503);
    expect(await answers(place, { [header.toLowerCase()]: "/about" })).toBe(204);
    for (const { name, address } of sites) {
      expect(text).toContain(`proxy_pass http://${address}:8080/;`);
      expect(text).toContain(`location /${name}/ {`);
    }
  });
  test("Envoy", async () => {
    const { static_resources: all } = parse(example(/^# (envoy\.yaml)$/m)) as Envoy;
    const manager = all.listeners[0]?.filter_chains[0]?.filters[0]?.typed_config;
    const filter = manager?.http_filters.find(({ name }) => name === "envoy.filters.http.ext_authz");
    const { failure_mode_allow: isLax, http_service: service } = filter?.typed_config ?? {};
    expect(isLax).toBe(false);
    expect(service?.server_uri.uri).toBe(`http://${host}:${String(port)}`);
    const cluster = all.clusters.find(({ name }) => name === service?.server_uri.cluster);
    expect(JSON.stringify(cluster)).toContain(`"address":"${host}","port_value":${String(port)}`);
    expect(await answers(`${service?.path_prefix ?? ""}/mississippi/x?a=b`)).toBe(503);
    expect(await answers(`${service?.path_prefix ?? ""}/about`)).toBe(204);
  });
  test("Kubernetes", async () => {
    const all = parseAllDocuments(example(/^# (guard\.kubernetes\.yaml)$/m)).map(
      (document) => document.toJS() as Manifest,
    );
    const [settings, deployment, service, policy] = all;
    expect(all.map(({ kind }) => kind)).toEqual(["ConfigMap", "Deployment", "Service", "NetworkPolicy"]);
    expect(() => parseGuard(settings?.data?.["guard.yml"] ?? "", "guard.yml")).not.toThrow();
    const container = deployment?.spec?.template?.spec.containers[0];
    expect(container?.command.slice(0, 4)).toEqual(["node", "cli/hms.js", "guard", "serve"]);
    expect(container?.command.at(-1)).toBe(`0.0.0.0:${String(container?.ports[0]?.containerPort)}`);
    expect(service?.spec?.ports?.[0]?.port).toBe(port);
    expect(policy?.spec?.podSelector?.matchLabels).toEqual(service?.spec?.selector);
    for (const probe of [container?.livenessProbe, container?.readinessProbe]) {
      expect(await answers(probe?.httpGet.path ?? "")).toBe(200);
    }
  });
});

/** What is read of the example for Envoy. */
interface Envoy {
  readonly static_resources: {
    readonly listeners: readonly {
      readonly filter_chains: readonly {
        readonly filters: readonly {
          readonly typed_config: {
            readonly http_filters: readonly {
              readonly name: string;
              readonly typed_config: {
                readonly failure_mode_allow?: boolean;
                readonly http_service?: {
                  readonly server_uri: { readonly uri: string; readonly cluster: string };
                  readonly path_prefix: string;
                };
              };
            }[];
          };
        }[];
      }[];
    }[];
    readonly clusters: readonly { readonly name: string }[];
  };
}

/** What is read of the example for Kubernetes. */
interface Manifest {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly selector?: unknown;
    readonly podSelector?: { readonly matchLabels: unknown };
    readonly ports?: readonly { readonly port: number }[];
    readonly template?: {
      readonly spec: {
        readonly containers: readonly {
          readonly command: readonly string[];
          readonly ports: readonly { readonly containerPort: number }[];
          readonly livenessProbe: { readonly httpGet: { readonly path: string } };
          readonly readinessProbe: { readonly httpGet: { readonly path: string } };
        }[];
      };
    };
  };
}

test("every key of guard.yml is in docs/guard.md", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/guard.md"), "utf8");
  const keys = [...Object.keys(guardSettings.shape), ...Object.keys(routeSettings.shape)];
  expect(keys.filter((key) => !reference.includes(`| \`${key}\` `))).toEqual([]);
});

test("every metric is in docs/status-page.md, and no other", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/status-page.md"), "utf8");
  const documented = [...reference.matchAll(/^\| `(hms_\w+)` /gm)].map(([, name = ""]) => name);
  expect(documented.sort()).toEqual([...metricNames].sort());
});

test("no yaml example is of a kind that nobody runs", () => {
  const known =
    /^# (\.gitlab-ci\.yml|Pulumi\.[\w-]+\.yaml|pipeline\.yml|exceptions\.yml|rules\/banned-apis\/\w+\.yml|mappings\/partner\/\w+\.yml|guard\.yml|envoy\.yaml|guard\.kubernetes\.yaml)$/m;
  expect(yaml.filter(({ text }) => !known.test(text))).toEqual([]);
});

test("every npm script that the docs name is there", () => {
  const { scripts } = JSON.parse(fs.readFileSync(path.join(projectFolder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const named = documents.flatMap((file) => [
    ...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/npm run (?:--silent )?([\w:]+)/g),
  ]);
  expect(named.length).toBeGreaterThan(3);
  for (const [, script = ""] of named) {
    expect(Object.keys(scripts)).toContain(script);
  }
});

test("every key of a mapping file is in docs/mappings.md", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/mappings.md"), "utf8");
  const keys = mappedFileSettings.options.flatMap((option) => Object.keys(option.shape));
  expect(keys.filter((key) => !reference.includes(`| \`${key}\` `))).toEqual([]);
});

describe("the reference of the settings", () => {
  const reference = fs.readFileSync(path.join(projectFolder, "docs/settings.md"), "utf8");
  /** The keys in the first column of the table that follows a line. */
  const keysAfter = (line: string): string[] => {
    const [, text = ""] = reference.split(`\n${line}\n`);
    const rows = /^\|[^]*?(?=\n\n|$(?![^]))/m.exec(text)?.[0].split("\n").slice(2) ?? [];
    return rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([\w:.]+)`/g)].map(([, key = ""]) => key),
    );
  };
  const keys = (schema: { shape: object }, prefix = ""): string[] =>
    Object.keys(schema.shape).map((key) => prefix + key);
  test.each([
    ["## Every stack", ["hms:role", "hms:service", "hms:release", "hms:reason"]],
    [
      "## `build`",
      [
        ...keys(buildSettings, "hms:build."),
        ...keys(complianceSettings.unwrap(), "hms:compliance."),
        "hms:stacks",
        "hms:budgetMinutes",
        "hms:metricUrl",
        "hms:subscribers",
        "hms:grafana",
        "hms:webhooks",
      ],
    ],
    ["`hms:grafana`, a list:", keys(grafanaSettings)],
    ["`hms:webhooks`, a list:", keys(webhookSettings)],
    ["`hms:subscribers`, a list:", keys(subscriberSettings)],
    ["`hms:clusters`, a list:", keys(clusterSettings)],
    ["`hms:dockerHosts`, a list:", keys(dockerHostSettings)],
    ["`hms:sites`, a list:", keys(siteSettings)],
    ["## `partners`", ["hms:mappings"]],
    ["`hms:partners`, a list:", keys(partnerSettings)],
  ])("%s has each, and no other", (line, wanted) => {
    expect(keysAfter(line).sort()).toEqual([...wanted].sort());
  });
});

test("every variable of the environment that we read is in the docs", () => {
  const sources = fs.globSync(
    "{cli,compliance,components,core,lab,notify,pipeline,policy,probe,serve,store}/**/*.{ts,sh}",
    {
      cwd: projectFolder,
    },
  );
  const read = sources.flatMap((file) =>
    [
      ...fs.readFileSync(path.join(projectFolder, file), "utf8").matchAll(/env\["((?:HMS|METRIC)_\w+)"\]/g),
    ].map(([, name = ""]) => name),
  );
  // What our own programs tell each other.
  const between = new Set(["HMS_BEGAN", "HMS_RUN"]);
  const docs = documents.map((file) => fs.readFileSync(path.join(projectFolder, file), "utf8")).join("\n");
  expect(read.length).toBeGreaterThan(8);
  expect([...new Set(read)].filter((name) => !between.has(name) && !docs.includes(`\`${name}`))).toEqual([]);
});
