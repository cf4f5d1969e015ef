import { expect, test } from "@jest/globals";
import { listContainers } from "../../pipeline/gone";

test("a docker host is asked for all containers of the service, also those that are stopped, and not for its proxy", () => {
  expect(listContainers("flood-formula")).toEqual([
    "ps",
    "--all",
    "--filter",
    "label=hms.service=flood-formula",
    "--filter",
    "label=hms.role=app",
    "--format",
    "{{.Names}}",
  ]);
});
