"use strict";

const { compilerOptions } = require("./tsconfig.json");

/** What both kinds of test share: TypeScript through swc, in the shape that tsconfig.json asks for. */
const shared = {
  testEnvironment: "node",
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: {
          target: compilerOptions.target,
          parser: { syntax: "typescript" },
          transform: { useDefineForClassFields: compilerOptions.useDefineForClassFields },
        },
        module: { type: "commonjs" },
      },
    ],
  },
};

module.exports = {
  projects: [
    {
      ...shared,
      displayName: "unit",
      testMatch: ["<rootDir>/tests/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/lab/"],
    },
    {
      ...shared,
      displayName: "lab",
      testMatch: ["<rootDir>/tests/lab/**/*.test.ts"],
    },
  ],
};
