import { afterEach, expect, jest, test } from "@jest/globals";
import { main, mistakeIn } from "../../lab/demo";

afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  [[], undefined],
  [["--kubernetes", "--down"], undefined],
  [["--dwon"], 'the demo takes only --kubernetes and --down, not "--dwon"'],
])("demo %j", (args, mistake) => {
  expect(mistakeIn(args)).toBe(mistake);
});

test("wrong usage is exit code 2, and starts nothing", async () => {
  const stderr = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await main(["now"])).toBe(2);
  expect(stderr.mock.calls).toEqual([
    ['error: the demo takes only --kubernetes and --down, not "now". See "npm run demo -- --help".\n'],
  ]);
});

test.each(["--help", "-h"])("%s says what there is, and starts nothing", async (flag) => {
  const stdout = jest.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await main([flag])).toBe(0);
  expect(stdout.mock.calls[0]?.[0]).toMatch(/--kubernetes .*--down .*Exit codes/s);
});
