import pino, { type Logger } from "pino";

export type Log = Logger;

/** JSON lines on standard error; what could identify a person or open a door is cut out by name. */
export const makeLog = (level = "info"): Log =>
  pino(
    {
      level,
      redact: {
        paths: ["*.key", "*.apiKey", "*.password", "*.authorization", "*.shipTo", "*.customerRef", "headers", "shipTo", "customerRef"],
        censor: "[cut]",
      },
    },
    pino.destination(2),
  );

export const quietLog: Log = pino({ level: "silent" });
