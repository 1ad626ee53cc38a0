import type { CodegenConfig } from "@graphql-codegen/cli";

/** Types of what the storefront asks, from the schema that a release has promised. A shop of its own names Strata's URL here. */
const config: CodegenConfig = {
  schema: "docs/schema/released.graphql",
  documents: ["examples/storefront/*.ts"],
  ignoreNoDocuments: false,
  generates: {
    "examples/storefront/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: { documentMode: "string", useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: "string" } },
    },
  },
};

export default config;
