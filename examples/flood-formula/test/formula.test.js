"use strict";

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { level, risk, soils } = require("../formula");
const calibration = require("./calibration.json");

const place = { rainfall: 60, elevation: 4, soil: "loam" };

test("no rain is no risk", () => {
  assert.equal(risk({ ...place, rainfall: 0 }), 0);
});

test("more rain is more risk", () => {
  assert.ok(risk({ ...place, rainfall: 90 }) > risk(place));
});

test("higher ground is less risk", () => {
  assert.ok(risk({ ...place, elevation: 12 }) < risk(place));
});

test("clay holds less water than sand", () => {
  assert.ok(risk({ ...place, soil: "clay" }) > risk({ ...place, soil: "sand" }));
});

test("a risk is whole points from 0 to 100", () => {
  for (const soil of soils) {
    const points = risk({ rainfall: 100, elevation: 0, soil });
    assert.ok(Number.isInteger(points) && points >= 0 && points <= 100, `${soil}: ${points}`);
  }
});

test("the flood of 2019 is told rightly", () => {
  const points = risk(calibration.place);
  assert.ok(points >= calibration.atLeast && points <= calibration.atMost, `${points}`);
});

test("each level starts where the rule says", () => {
  assert.deepEqual([0, 24, 25, 50, 75, 100].map(level), [
    "low",
    "low",
    "moderate",
    "high",
    "severe",
    "severe",
  ]);
});
