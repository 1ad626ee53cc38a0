// npm start: sets up what is missing, then serves.
import { orSayWhy, runMain, setUp } from "./setup.mjs";

await orSayWhy(async () => {
  await setUp();
  await runMain("gateway/main.js", process.argv.slice(2));
});
