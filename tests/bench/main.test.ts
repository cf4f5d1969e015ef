import { expect, jest, test } from "@jest/globals";
import { benchesIn, main, needsLab } from "../../bench/main";

test("all that is promised is measured, in any choice", () => {
  expect(benchesIn(["pii", "guard", "--json"])).toEqual(["pii", "guard"]);
  expect(benchesIn(["--json"])).toEqual(benchesIn([]));
  expect(benchesIn([])).toEqual(
    expect.arrayContaining(["deploy", "rollback", "bytes", "noop", "sites", "swap", "guard", "pii"]),
  );
});

test("only what is measured in the lab needs it", () => {
  expect(needsLab(["pii", "guard", "trail"])).toBe(false);
  expect(needsLab(["pii", "swap"])).toBe(true);
  expect(needsLab([])).toBe(true);
  expect(needsLab(["speed"])).toBe(false);
});

test("a bench that there is not is a wrong usage, and nothing is measured", async () => {
  const said = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await main(["pii", "speed"])).toBe(2);
  expect(said.mock.calls.join("")).toBe(
    'bench: There is no bench "speed". Use deploy, far, rollback, bytes, noop, sites, swap, guard, pii, trail.\n',
  );
  said.mockRestore();
});
