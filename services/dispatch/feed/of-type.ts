import type { FeedEvent, Message } from "../../../shared/flow/messages";

type EventOf<T extends Message["type"]> = FeedEvent<Extract<Message, { type: T }>>;

export const ofType = <T extends Message["type"]>(events: FeedEvent[], type: T): EventOf<T>[] =>
  events.filter((event) => event.type === type) as EventOf<T>[];
