import { Logger } from '@nestjs/common';
import {
  sessionLife,
  type SessionLifeEventName,
  type SessionLifeEvents,
} from './session.events.js';

/** An event without what the hub adds itself. */
export type SessionLifeNews<Name extends SessionLifeEventName = SessionLifeEventName> = Omit<
  SessionLifeEvents[Name],
  'isLocal'
>;

/** Hears one kind of session event. What it throws is logged; nobody waits for it. */
export type SessionListener<Name extends SessionLifeEventName> = (
  event: SessionLifeEvents[Name],
) => unknown;

/** Takes the events of this node to the others. */
export interface SessionEventRelay {
  send(name: SessionLifeEventName, news: SessionLifeNews): void;
}

/**
 * Tells when sessions begin and end. Inject it and listen:
 *
 * ```ts
 * constructor(events: SessionEvents) {
 *   events.on('revoked', ({ handle, userId, reason }) => …);
 * }
 * ```
 *
 * Listeners hear what this node does; with `session.shareEvents` also what the others do. Between nodes an event
 * may be lost (Redis pub/sub), so no right may hang on it.
 */
export class SessionEvents {
  readonly #logger = new Logger('SessionEvents');
  readonly #listeners = new Map<SessionLifeEventName, Set<(event: never) => unknown>>();
  #relay: SessionEventRelay | undefined;

  /**
   * Calls the listener at each event of the name. An error in it is logged and disturbs nobody.
   *
   * @returns a function that ends the subscription
   */
  on<Name extends SessionLifeEventName>(name: Name, listener: SessionListener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** True where somebody would hear of such an event, here or on another node. */
  isHeard(name: SessionLifeEventName): boolean {
    const listeners = this.#listeners.get(name)?.size ?? 0;
    return listeners > 0 || this.#relay !== undefined || sessionLife[name].hasSubscribers;
  }

  /** Told by the session store; not for applications. */
  publish<Name extends SessionLifeEventName>(name: Name, news: SessionLifeNews<Name>): void {
    const event = { ...news, isLocal: true } as SessionLifeEvents[Name];
    sessionLife[name].publish(() => event);
    this.#tell(name, event);
    this.#relay?.send(name, news);
  }

  /** Told by the relay; not for applications. */
  receive<Name extends SessionLifeEventName>(name: Name, news: SessionLifeNews<Name>): void {
    this.#tell(name, { ...news, isLocal: false } as SessionLifeEvents[Name]);
  }

  /** From now on events go to other nodes as well; undefined to end that. */
  relayBy(relay: SessionEventRelay | undefined): void {
    this.#relay = relay;
  }

  #tell<Name extends SessionLifeEventName>(name: Name, event: SessionLifeEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      void this.#run(name, () => listener(event as never));
    }
  }

  async #run(name: SessionLifeEventName, call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#logger.error(
        `A listener of session event \`${name}\` failed.`,
        (error as Error)?.stack,
      );
    }
  }
}
