import type { EventMap, EventName } from '@ronghe/contracts';
import type { Log } from '#platform/log/log.ts';

type Listener<Name extends EventName> = (event: EventMap[Name]) => void | Promise<void>;

/** The typed bus inside one process. Listeners hear what happened; they never change the outcome of the caller. */
export type Events = {
  publish<Name extends EventName>(name: Name, event: EventMap[Name]): void;
  /** Returns the function that ends listening. */
  listen<Name extends EventName>(name: Name, listener: Listener<Name>): () => void;
};

/** A failing listener is logged and the others still hear the event. */
export function createEvents(log: Log): Events {
  const listeners = new Map<EventName, Set<Listener<EventName>>>();
  const failed = (name: EventName, error: unknown) =>
    log.error({ event: name, err: error }, 'a listener failed');
  return {
    publish(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          Promise.resolve(listener(event)).catch((error: unknown) => failed(name, error));
        } catch (error) {
          failed(name, error);
        }
      }
    },
    listen(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      // The map holds listeners of every event; the key guarantees the type at call time.
      set.add(listener as unknown as Listener<EventName>);
      return () => void set.delete(listener as unknown as Listener<EventName>);
    },
  };
}
