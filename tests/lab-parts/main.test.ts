import { execFileSync } from "node:child_process";
import { afterEach, expect, jest, test } from "@jest/globals";
import { exportLines, labVariables } from "../../lab/environment";
import type { LabStatus } from "../../lab/lab";
import { main, mistakeIn, statusText } from "../../lab/main";

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  [["up"], undefined],
  [["up", "--kubernetes"], undefined],
  [["status", "--json"], undefined],
  [["start"], '"start" is no command of the lab'],
  [["toString"], '"toString" is no command of the lab'],
  [["up", "--kubernets"], '"up" takes only --kubernetes, not "--kubernets"'],
  [["down", "now"], '"down" takes no arguments, not "now"'],
] as const)("lab %j", (args, mistake) => {
  expect(mistakeIn(args)).toBe(mistake);
});

test("wrong usage says what is right, and is exit code 2", async () => {
  const stderr = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await main(["statsu"])).toBe(2);
  expect(stderr.mock.calls).toEqual([
    ['error: "statsu" is no command of the lab. See "npm run lab -- --help".\n'],
  ]);
});

test("help names every command; without a command it is a mistake", async () => {
  const stdout = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await main(["--help"])).toBe(0);
  expect(await main([])).toBe(2);
  expect(stdout.mock.calls[0]?.[0]).toMatch(/ up .* down .* status .* env /s);
});

test("a shell reads the environment as it is", () => {
  const value = "a 'quoted' $HOME `date` \\ ü";
  const script = `${exportLines({ HMS_TEST: value })} printf %s "$HMS_TEST"`;
  expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(value);
});

test("runs ship to the cluster where there is one, and no engine is imposed on the user's docker", () => {
  expect(labVariables(true)).toMatchObject({ HMS_STACKS: "cloud,cloud-docker,onprem,partners" });
  expect(labVariables(false)).not.toHaveProperty("HMS_STACKS");
  expect(labVariables(true)).not.toHaveProperty("DOCKER_HOST");
  expect(labVariables(false)).toMatchObject({ PULUMI_BACKEND_URL: "file:///var/lib/hms-lab/state" });
});

test("the status names what is down", () => {
  const found: LabStatus = {
    up: false,
    cloud: true,
    registry: true,
    receiver: false,
    repository: true,
    sites: [{ name: "mississippi", address: "10.77.1.2", link: "down", docker: true, sshd: true }],
    partners: [{ name: "usgs", url: "ftp://hms@10.77.11.2/inbox", up: true }],
    kubernetes: true,
  };
  const text = statusText(found);
  expect(text).toMatch(/^receiver +http:\/\/127\.0\.0\.1:18090 +down *$/m);
  expect(text).toMatch(/^kubernetes +one node +up *$/m);
  expect(text).toMatch(/^site mississippi +10\.77\.1\.2 +line down, docker up, sshd up *$/m);
  expect(text).toMatch(/\nThe lab is not up\.\n$/);
});
