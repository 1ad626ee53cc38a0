// Before anything that looks at them when it is loaded: graphql-js checks every value twice outside production, and
// Apollo's gateway sends telemetry unless it is told not to.
process.env.NODE_ENV ??= "production";
process.env.APOLLO_TELEMETRY_DISABLED = "1";
