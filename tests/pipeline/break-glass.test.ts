import { beforeEach, expect, test } from "@jest/globals";
import { UsageError } from "../../core/errors";
import { breakGlass } from "../../pipeline/break-glass";
import { directoryTrail } from "../../store/trail";
import { freshTrail } from "../signed-trail";

let folder: string;
beforeEach(() => {
  folder = freshTrail();
});

const given = { by: "Jo Field", reason: "the dam is full" };

test("leave lies in the trail, with a name, a reason and an end", () => {
  const before = Date.now();
  const said = breakGlass({ ...given, target: "onprem/anchorage", minutes: 30 });
  const [entry] = directoryTrail(folder).entries();
  const { body } = entry ?? {};
  expect(body).toMatchObject({
    type: "waiver",
    rule: "freeze",
    target: "onprem/anchorage",
    owner: "Jo Field",
    reason: "the dam is full",
  });
  const until = body?.type === "waiver" ? body.until : "";
  expect(Date.parse(until) - before).toBeGreaterThanOrEqual(30 * 60_000);
  expect(Date.parse(until) - before).toBeLessThan(31 * 60_000);
  expect(said).toBe(
    `The glass is broken for onprem/anchorage until ${until} by Jo Field (the dam is full): entry 1 of the trail.`,
  );
});

test.each([
  [{ by: " " }, "--by is empty: the trail wants to know."],
  [{ reason: "" }, "--reason is empty: the trail wants to know."],
  [{ minutes: 61 }, "--minutes: found 61; allowed: a whole number from 1 to 60"],
  [{ minutes: NaN }, "--minutes: found NaN; allowed: a whole number from 1 to 60"],
  [
    { target: "anchorage" },
    '--target: found anchorage; allowed: STACK/NAME, as "npx hms pipeline status" lists them',
  ],
])("%j is refused, and no entry is made", (wrong, sentence) => {
  expect(() => breakGlass({ ...given, ...wrong })).toThrow(new UsageError(sentence));
  expect(directoryTrail(folder).entries()).toEqual([]);
});
