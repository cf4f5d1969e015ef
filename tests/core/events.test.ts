import fs from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020";
import { type CloudEvent, HTTP } from "cloudevents";
import { encode, type Happening, type ReleaseEvent, releaseEvent } from "../../core/events";
import { projectFolder } from "../../store/project";
import { directoryTrail } from "../../store/trail";
import { aRelease } from "../fixtures";
import { freshTrail } from "../signed-trail";

let happening: Happening;
beforeEach(() => {
  happening = happeningOn(aTrail());
});

function aTrail(): Happening["entries"] {
  const trail = directoryTrail(freshTrail());
  for (const why of ["one", "two", "three"]) trail.append({ type: "run-broke-off", run: 1, why });
  return trail.entries();
}

const happeningOn = (entries: Happening["entries"]): Happening => ({
  type: "hms.build_published",
  run: 142,
  release: aRelease({ subject: "Überlauf behoben" }),
  targets: new Map([
    ["cloud/cloud", { state: "current", tag: "8e9a12c" }],
    ["onprem/anchorage", { state: "stale", tag: "8e9a12c", why: "unreachable: dial 10.77.2.2" }],
    ["partners/usgs", { state: "failed", tag: "8e9a12c", why: "refused: 553 quota", serves: "41c0f3e" }],
  ]),
  entries,
  time: "2026-11-24T10:00:00.000Z",
});

test("holds the release's digests and each target's state, but not why", () => {
  const event = releaseEvent(happening);
  expect(event).toEqual({
    specversion: "1.0",
    id: expect.stringMatching(/^flood-formula-142-[0-9a-f]{12}$/),
    source: "/hms/flood-formula",
    type: "hms.build_published",
    subject: "8e9a12c",
    time: "2026-11-24T10:00:00.000Z",
    datacontenttype: "application/json",
    dataschema: "urn:hms:release-event:1",
    data: {
      service: "flood-formula",
      run: 142,
      tag: "8e9a12c",
      commit: "8e9a12c0c3f4b1d2a596877869504f3e2d1c0b9a",
      subject: "Überlauf behoben",
      image: `registry.example.gov/flood-formula@sha256:${"41".repeat(32)}`,
      imageId: `sha256:${"1d".repeat(32)}`,
      bundle: { sha256: "b5".repeat(32), size: 1234 },
      report: `sha256:${"4e".repeat(32)}`,
      provenance: `sha256:${"9c".repeat(32)}`,
      targets: {
        "cloud/cloud": { state: "current", tag: "8e9a12c" },
        "onprem/anchorage": { state: "stale", tag: "8e9a12c" },
        "partners/usgs": { state: "failed", tag: "8e9a12c" },
      },
    },
  });
});

test("has the id of its run, in whatever trail that is", () => {
  const { id } = releaseEvent(happening);
  expect(releaseEvent({ ...happening, time: "2027-01-01T00:00:00.000Z" }).id).toBe(id);
  expect(releaseEvent({ ...happening, run: 143 }).id).not.toBe(id);
  expect(releaseEvent(happeningOn(aTrail())).id).not.toBe(id);
});

test("is what the published schema says", () => {
  const file = path.join(projectFolder, "docs/schemas/release-event.json");
  const schema = JSON.parse(fs.readFileSync(file, "utf8")) as { $id: string };
  const event = releaseEvent(happening);
  expect(event.dataschema).toBe(schema.$id);
  const check = new Ajv2020().compile(schema);
  expect([check(event.data), check.errors]).toEqual([true, null]);
  expect(check({ ...event.data, bundle: {} })).toBe(false);
  const properties = (schema as unknown as { properties: object }).properties;
  expect(Object.keys(properties)).toEqual(Object.keys(event.data ?? {}));
});

describe("is read by the library of CloudEvents", () => {
  test.each(["structured", "binary"] as const)("%s", (mode) => {
    const event = releaseEvent(happening);
    const { headers, body } = encode(event, mode);
    const read = HTTP.toEvent<ReleaseEvent["data"]>({ headers, body }) as CloudEvent<ReleaseEvent["data"]>;
    expect(read.validate()).toBe(true);
    expect(read.toJSON()).toEqual(event);
  });
});

test("binary mode has the attributes in headers and the facts in the body; structured mode has all in the body", () => {
  const event = releaseEvent(happening);
  const binary = encode(event, "binary");
  expect(JSON.parse(binary.body)).toEqual(event.data);
  expect(binary.headers).toEqual({
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-id": event.id,
    "ce-source": "/hms/flood-formula",
    "ce-type": "hms.build_published",
    "ce-subject": "8e9a12c",
    "ce-time": "2026-11-24T10:00:00.000Z",
    "ce-dataschema": "urn:hms:release-event:1",
  });
  const structured = encode(event, "structured");
  expect(JSON.parse(structured.body)).toEqual(event);
  expect(structured.headers).toEqual({
    "content-type": expect.stringMatching(/^application\/cloudevents\+json/),
  });
});
