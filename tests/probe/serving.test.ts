import { describe, expect, test } from "@jest/globals";
import { parseServing } from "../../probe/serving";

describe("what serves on a docker engine", () => {
  const says = (parts: Record<string, string> = {}): string =>
    Object.entries({
      container: "flood-formula-1",
      image: "sha256:1",
      since: "2026-11-23T10:00:00.123456789Z",
      running: "true",
      made: "flood-formula/app",
      health: "healthy",
      ...parts,
    })
      .map((line) => line.join("="))
      .join("\n");

  test("is a container of ours", () => {
    expect(parseServing(says())).toEqual({
      kind: "runs",
      image: "sha256:1",
      health: "healthy",
      since: "2026-11-23T10:00:00.123Z",
      units: ["flood-formula-1"],
    });
  });
  test.each(["/", "<no value>/<no value>", "flood-formula/proxy"])("is not ours when it says %s", (made) => {
    expect(parseServing(says({ made }))).toMatchObject({ ours: false });
  });
  test("is nothing when it stands still, or nothing was printed", () => {
    expect(parseServing(says({ running: "false" }))).toEqual({ kind: "nothing" });
    expect(parseServing("")).toEqual({ kind: "nothing" });
  });
});
