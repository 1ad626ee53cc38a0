import { groupBy } from "../shared/group";
import type { Flow } from "../services/dispatch/process/flow";

const HEAD = `# The flows

What orders, transfers and returns go through, drawn from the definitions along which the code moves them (\`services/dispatch/process\`, \`npm run compose\` writes this page). \`processDefinitions\` answers the same with how many stand in each state. An arrow is named by the events that make the move; a state's colour is the layer whose event leads there: sales blue, dispatch yellow, warehouse green.
`;

const COLOURS = { sales: "fill:#d6e6ff", dispatch: "fill:#fff1c2", warehouse: "fill:#d5f2d8" } as const;

export const drawFlows = (flows: readonly Flow[]): string => `${[HEAD, ...flows.map(drawFlow)].join("\n")}`;

/** A Mermaid state diagram. */
function drawFlow({ name, states, transitions }: Flow): string {
  const arrows = [...groupBy(transitions, ({ from, to }) => `${from} --> ${to}`)];
  const lines = [
    "stateDiagram-v2",
    `[*] --> ${states[0].name}`,
    ...arrows.map(([arrow, of]) => `${arrow}: ${[...new Set(of.map(({ event }) => event))].join(", ")}`),
    ...states.filter(({ final }) => final).map((state) => `${state.name} --> [*]`),
    ...Object.entries(COLOURS).map(([layer, style]) => `classDef ${layer} ${style},color:#222`),
    ...states.map((state) => `class ${state.name} ${state.layer}`),
  ];
  return `## ${name}\n\n\`\`\`mermaid\n${lines.join("\n  ")}\n\`\`\`\n`;
}
