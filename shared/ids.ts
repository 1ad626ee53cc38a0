import { v7 } from "uuid";

/** A new opaque id, sortable by the time it was made (UUIDv7). Made by the application so that no engine's sequence carries meaning. */
export const newId = (): string => v7();

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a caller's text can be one of our ids at all; anything else is answered like an id that is absent. */
export const isId = (text: string): boolean => ID.test(text);
