import type { NaiveOptions } from "./naive";

/** What one process of the benchmark serves. Strata's own settings come by its environment, as always. */
export type ServerJob = { kind: "strata"; url: string } | { kind: "naive"; options: NaiveOptions } | { kind: "constants" };

export type ServerAnswer = { url: string } | { error: string };

/** The server under test, in a process of its own, so that it shares no thread with the load or with its rival. */
async function serve(job: ServerJob): Promise<string> {
  // Loaded here and not above: each process loads what it serves, and nothing of its rival.
  if (job.kind === "naive") return (await (await import("./naive.js")).startNaive(job.options)).url;
  if (job.kind === "constants") return (await (await import("./constants.js")).startConstants()).url;
  await (await import("../gateway/main.js")).main();
  return job.url;
}

if (require.main === module) {
  // It never outlives the benchmark, however that ends.
  process.on("disconnect", () => process.exit(0));
  process.once("message", (job: ServerJob) => {
    const answer = (text: ServerAnswer) => process.send!(text);
    serve(job).then(
      (url) => answer({ url }),
      (error: Error) => answer({ error: error.message }),
    );
  });
}
