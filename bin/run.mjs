// npm run demo, reconcile, events, bench, keys, documents, import, compose: sets up what is missing, then runs cli/NAME.
import { orSayWhy, runMain, setUp } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);

await orSayWhy(async () => {
  await setUp();
  await runMain(`cli/${name}.js`, args);
});
