/** The lab is killed at many moments while it comes up. It takes the lab away from whoever has it. */
import { afterAll, beforeAll, describe, jest, test } from "@jest/globals";
import { down } from "../../lab/lab";
import { isFinishedByTheNext, leavesNothing } from "../lab/lab-remains";

jest.setTimeout(120_000);

beforeAll(down);
afterAll(down);

describe("killed", () => {
  test.each([300, 900, 1500, 2500, 4000, 7000])(
    "%i ms after its beginning, up leaves nothing that down does not remove",
    leavesNothing,
  );
  test.each([900, 2000, 4500])("%i ms after its beginning, up is finished by the next", isFinishedByTheNext);
});
