import { keyText, type StockKey } from "../stock/virtual-stock";

const MOST_CELLS = 200_000;

/** What this process knows of the changes of one item in one pool. */
export interface Cell {
  /** Raised by every commit of this process that changed it. */
  version: number;
  /** When the last of these was, by this process's monotonic clock. */
  changedAt: number;
}

/**
 * Counts this process's own changes of each item in each pool, so that what was read before a change is known to be old,
 * also while it is still being read.
 */
export class Versions {
  private readonly cells = new Map<string, Cell>();

  of(key: StockKey): Cell {
    const text = keyText(key);
    let cell = this.cells.get(text);
    if (!cell) {
      this.cells.set(text, (cell = { version: 0, changedAt: -Infinity }));
      if (this.cells.size > MOST_CELLS) this.dropOldest();
    }
    return cell;
  }

  changed(key: StockKey): void {
    const cell = this.of(key);
    cell.version++;
    cell.changedAt = performance.now();
  }

  /** Changes of a dropped cell are not seen any more, so whatever relied on it is old from now on. */
  private dropOldest(): void {
    const [text, cell] = this.cells.entries().next().value!;
    cell.version++;
    this.cells.delete(text);
  }
}

/** The cells that an answer depends on, and the sum of their versions before it was read. */
export class Watch {
  private stamp = 0;
  private readonly cells: Cell[] = [];

  add(cell: Cell): void {
    this.cells.push(cell);
    this.stamp += cell.version;
  }

  /** Versions only rise, so an equal sum means that none has changed. */
  unchanged(): boolean {
    let sum = 0;
    for (const { version } of this.cells) sum += version;
    return sum === this.stamp;
  }

  changedSince = (time: number): boolean => this.cells.some(({ changedAt }) => changedAt > time);
}
