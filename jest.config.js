"use strict";

/** What both kinds of test share; TypeScript is read as everywhere else: see .swcrc. */
const shared = {
  // Not among the temporary files, which are removed after each run.
  cacheDirectory: "<rootDir>/.hms/jest",
  testEnvironment: "node",
  // Copies of commits, with package.json files of the same name.
  modulePathIgnorePatterns: ["<rootDir>/.hms/"],
  transform: { "\\.ts$": "@swc/jest" },
};

module.exports = {
  // Several tests run programs; on a busy machine they may take their time.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/lab/", "<rootDir>/tests/chaos/"],
    },
    {
      ...shared,
      displayName: "lab",
      testMatch: ["<rootDir>/tests/lab/**/*.test.ts"],
    },
    {
      ...shared,
      displayName: "chaos",
      testMatch: ["<rootDir>/tests/chaos/**/*.test.ts"],
    },
  ],
};
