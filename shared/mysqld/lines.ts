/** Where lines for people go while Strata starts; every Log is one. */
export interface Lines {
  info(line: string): void;
  warn(line: string): void;
}

export const noLines: Lines = { info: () => undefined, warn: () => undefined };
