// node -r ./test/support/typescript.cjs …: runs TypeScript in a process of its own, for tests that kill one.
const { transformFileSync } = require("@swc/core");

const options = {
  jsc: {
    parser: { syntax: "typescript", decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    target: "es2022",
  },
  module: { type: "commonjs" },
};

require.extensions[".ts"] = (module, path) => module._compile(transformFileSync(path, options).code, path);
process.on("disconnect", () => process.exit(1));
