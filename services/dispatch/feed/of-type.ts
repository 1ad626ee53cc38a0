import type { FeedEvent, Message } from "../../../shared/flow/messages";

export type Told<T extends Message["type"]> = FeedEvent<Extract<Message, { type: T }>>;

export const ofType = <T extends Message["type"]>(events: FeedEvent[], type: T): Told<T>[] =>
  events.filter((event) => event.type === type) as Told<T>[];
