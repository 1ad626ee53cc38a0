import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { findDatabase, openDatabases } from "../gateway/databases";
import { layerModule } from "../gateway/layers";
import { loadConfig } from "../shared/config";
import { LAYERS, type LayerName } from "../shared/db/database";
import { parkedName } from "../shared/flow/parked";
import type { Layer } from "../shared/layer";
import { makeLog } from "../shared/log";
import { runningDatabase } from "../shared/mysqld/attach";
import { StartError } from "../shared/mysqld/fault";

const HELP = `npm run events [-- replay [LAYER:FROM:POSITION]]

Lists events between the layers that could not be applied and are set aside, each with an EVENT_FAILED alert of that name.
replay applies them after their cause is gone: the one that is named, or all, each with what has waited behind it, in the
feed's order. An alert ends with its event; where an event fails again both stay, with the new error. Works beside a running
Strata as on a stopped one, and may be repeated at any time. Exit code 1 while anything is set aside.`;

type Layers = Record<LayerName, Layer>;
type Say = (line: string) => void;

/** npm run events: what is set aside in any layer, and the way to apply it after all. */
export async function main(args: string[]): Promise<void> {
  process.exitCode = (await events(args, process.env, (line) => console.log(line))) === 0 ? 0 : 1;
}

/** Answers how many events are set aside at the end. */
export async function events(args: string[], env: NodeJS.ProcessEnv, say: Say): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { help: { type: "boolean" } } });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const [command, name, ...more] = positionals;
  if ((command !== undefined && command !== "replay") || more.length > 0) throw new StartError(HELP);
  const config = loadConfig({ ...env, STRATA_ROLE: "embedded" });
  const log = makeLog("fatal");
  const running = config.database ? undefined : runningDatabase(resolve(config.dataDir));
  const database = running ? { ...running, stop: async () => undefined } : await findDatabase(config, say);
  const databases = await openDatabases(database, LAYERS, false, log);
  try {
    const layers = Object.fromEntries(LAYERS.map((layer) => [layer, layerModule(layer).create({ db: databases[layer], log })])) as Layers;
    if (command === "replay") await replay(layers, name, say);
    return await list(layers, say);
  } finally {
    for (const layer of LAYERS) await databases[layer].close();
    await database.stop();
  }
}

async function replay(layers: Layers, name: string | undefined, say: Say): Promise<void> {
  for (const { layer, from, position } of name === undefined ? await failedOf(layers) : [parse(name)]) {
    const { applied, failed } = await layers[layer].parked.replay(from, position);
    say(`${parkedName(layer, from, position)}: ${applied} applied`);
    for (const one of failed) say(`${parkedName(layer, from, one.position)}: failed again: ${one.error}`);
  }
}

async function failedOf(layers: Layers): Promise<{ layer: LayerName; from: string; position: number }[]> {
  const all = LAYERS.map(async (layer) =>
    (await layers[layer].parked.list()).failed.map(({ source, position }) => ({ layer, from: source, position })),
  );
  return (await Promise.all(all)).flat();
}

function parse(name: string): { layer: LayerName; from: string; position: number } {
  const [, layer, from, position] = /^(\w+):(\w+):(\d{1,15})$/.exec(name) ?? [];
  if (!LAYERS.includes(layer as LayerName)) throw new StartError(`"${name}" is no event: name it as LAYER:FROM:POSITION, as in its alert.`);
  return { layer: layer as LayerName, from, position: Number(position) };
}

/** How many are set aside. */
async function list(layers: Layers, say: Say): Promise<number> {
  let all = 0;
  for (const layer of LAYERS) {
    const { failed, waiting } = await layers[layer].parked.list();
    for (const { source, position, event, reason, parked_at, tries } of failed)
      say(
        `${parkedName(layer, source, position)}  ${event.type} ${event.id}  since ${parked_at.toISOString()}  tried ${tries} x: ${reason}`,
      );
    if (waiting > 0) say(`${layer}: ${waiting} wait behind them`);
    all += failed.length + waiting;
  }
  if (all === 0) say("no event is set aside");
  return all;
}
