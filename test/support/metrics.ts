import type { World } from "./world";

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** One reading of /metrics: of the gateway's process, or of the one at `url`. */
export class Reading {
  private constructor(
    readonly samples: Sample[],
    /** What stands behind # TYPE. */
    readonly names: string[],
  ) {}

  static async of(world: Pick<World, "adminKey" | "url">, url = new URL(world.url).origin): Promise<Reading> {
    const answer = await fetch(`${url}/metrics`, { headers: { "x-api-key": world.adminKey } });
    if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
    const text = await answer.text();
    return new Reading(
      text.split("\n").flatMap((line) => sampleIn(line) ?? []),
      [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name),
    );
  }

  /** The sum over all samples of this name with these labels; 0 when there is none. */
  sum(name: string, labels: Record<string, string> = {}): number {
    return this.of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  of(name: string, labels: Record<string, string> = {}): Sample[] {
    return this.samples.filter(
      (sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  }

  values(name: string, label: string): Set<string> {
    return new Set(this.of(name).map(({ labels }) => labels[label]));
  }
}

function sampleIn(line: string): Sample | undefined {
  const [, name, inner, value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
  if (!name) return undefined;
  return {
    name,
    value: Number(value),
    labels: Object.fromEntries([...(inner ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
  };
}
