import { readFileSync, writeFileSync } from "node:fs";

/**
 * node dist/examples/partner/main.js FOLDER: fetches the schema that partners see into FOLDER/schema.graphql; again only when it
 * has changed, by its ETag.
 */
export async function main([folder = "."]: string[]): Promise<"fetched" | "unchanged"> {
  const { STRATA_URL = "http://localhost:4000", STRATA_KEY } = process.env;
  if (!STRATA_KEY) throw new Error("STRATA_KEY has to be the API key of a partner");
  const [sdlPath, etagPath] = [`${folder}/schema.graphql`, `${folder}/schema.graphql.etag`];
  const known = read(sdlPath) === undefined ? undefined : read(etagPath);
  const response = await fetch(new URL("/partner/schema.graphql", STRATA_URL), {
    headers: { "x-api-key": STRATA_KEY, ...(known && { "if-none-match": known }) },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 304) return "unchanged";
  if (!response.ok) throw new Error(`Strata answered ${response.status}: ${await response.text()}`);
  // The ETag last: after a crash between the two the schema is fetched once more.
  writeFileSync(sdlPath, await response.text());
  writeFileSync(etagPath, response.headers.get("etag") ?? "");
  return "fetched";
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

if (require.main === module)
  main(process.argv.slice(2)).then(
    (what) => process.stdout.write(`${what}\n`),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
