/** Tests run from source through swc (decorator metadata included); types are checked by tsc beside it. */
const swc = [
  "@swc/jest",
  {
    jsc: {
      parser: { syntax: "typescript", decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: "es2022",
      keepClassNames: true,
    },
    module: { type: "commonjs" },
  },
];

module.exports = {
  rootDir: __dirname,
  testEnvironment: "node",
  testMatch: ["<rootDir>/test/**/*.test.ts", "<rootDir>/services/**/*.test.ts", "<rootDir>/shared/**/*.test.ts"],
  transform: {
    "^.+\\.ts$": swc,
    "/node_modules/jose/.+\\.js$": swc,
    "/otlp-exporter-base/.+\\.js$": swc,
  },
  // jose is ES modules alone, and OTLP's exporter imports one when it first sends; Node does both by itself, jest neither.
  transformIgnorePatterns: ["/node_modules/(?!jose/|.*/otlp-exporter-base/)"],
  testTimeout: 60_000,
  maxWorkers: 2,
  // A handle that a killed server leaves open must not keep a finished run from ending.
  forceExit: true,
};
