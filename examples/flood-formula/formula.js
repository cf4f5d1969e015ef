"use strict";

const rules = require("./rules/flood.json");

/** Names the formula in every answer. */
const version = "v1";

/**
 * The flood risk of a place, from 0 (none) to 100.
 *
 * @param {{rainfall: number, elevation: number, soil: string}} place rainfall in mm within a day, elevation in m above
 *   the river, and one of the soils of rules/flood.json
 * @returns {number} whole points
 */
function risk({ rainfall, elevation, soil }) {
  const litres = (rainfall * rules.catchmentSquareMetres * rules.runoff[soil]) | 0;
  const capacity = rules.capacityLitres * (1 + elevation / rules.metresThatDouble);
  return Math.max(0, Math.round(100 * (1 - Math.exp(-litres / capacity))));
}

/** The name of the level that a risk lies in. */
function level(points) {
  return rules.levels.findLast(({ from }) => points >= from).name;
}

module.exports = { level, risk, soils: Object.keys(rules.runoff), version };
