import type { MessageEvent } from '@nestjs/common';
import { SessionUnavailableError, type SessionLifeEvents } from 'nestjs-redis-kit';
import type { Subscriber } from 'rxjs';
import type { Device } from './devices.service.js';
import { endReason, endText } from './ended-session.js';

/** Pause between two signs of life. A page that hears nothing for three of them connects again. */
const HEARTBEAT_MS = 20_000;
/** No stream is older; the page then connects again, and is checked as every request is. */
const LONGEST_MS = 10 * 60_000;

/** The events that a stream hears, as one union. */
export type SessionNews = {
  [Name in 'created' | 'regenerated' | 'destroyed' | 'revoked']: {
    readonly name: Name;
    readonly event: SessionLifeEvents[Name];
  };
}['created' | 'regenerated' | 'destroyed' | 'revoked'];

export interface DeviceStreamParts {
  /** Where the messages go; completed when the stream ends. */
  readonly page: Subscriber<MessageEvent>;
  /** The devices of the user; the page's own is the current one. */
  readonly list: () => Promise<readonly Device[]>;
  readonly isAlive: (handle: string) => Promise<boolean>;
}

/**
 * What one page hears of its user's devices: `device` when another one logs in or out, `ended` when its own
 * session has ended, and `alive` in between. An event between nodes may be lost, so each sign of life also looks
 * whether the session lives: the stream outlives it by one pause at most.
 */
export class DeviceStream {
  readonly #names = new Map<string, string>();
  readonly #early: SessionNews[] = [];
  #own: string | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #limit: NodeJS.Timeout | undefined;
  #isChecking = false;

  constructor(private readonly parts: DeviceStreamParts) {}

  /** Call it when `hear` is already told: what ends the session meanwhile is not missed. */
  async start(): Promise<void> {
    const devices = await this.parts.list();
    this.#remember(devices);
    const own = devices.find(({ isCurrent }) => isCurrent);
    if (this.parts.page.closed) return;
    if (!own) return this.end();
    this.#own = own.handle;
    this.#sayAlive();
    this.#heartbeat = setInterval(() => void this.#beat(own.handle), HEARTBEAT_MS);
    this.#limit = setTimeout(() => this.end(), LONGEST_MS);
    for (const news of this.#early.splice(0)) this.hear(news);
  }

  /** Takes an event of the user's sessions. */
  hear(news: SessionNews): void {
    const own = this.#own;
    if (own === undefined) {
      this.#early.push(news);
      return;
    }
    const { name, event } = news;
    if (name === 'created' || name === 'regenerated') return this.#begun(own, news);
    if (event.handle !== own) return this.#tellDevice(event.handle, 'out');
    const reason = endReason(name === 'revoked' ? event.reason : undefined);
    this.parts.page.next({ type: 'ended', data: { reason, text: endText(reason) } });
    this.end();
  }

  /** The page may connect again; if its session has ended, it is refused there. */
  end(): void {
    this.parts.page.complete();
    this.release();
  }

  /** Ends what runs for the stream, also when the page has left. */
  release(): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#limit);
  }

  #begun(
    own: string,
    { name, event }: Extract<SessionNews, { name: 'created' | 'regenerated' }>,
  ): void {
    if (event.handle === own) return;
    const previous = name === 'regenerated' ? event.previousHandle : undefined;
    // This browser has a new session, so it needs a new stream.
    if (previous === own) return this.end();
    const known = previous === undefined ? undefined : this.#names.get(previous);
    if (known === undefined) void this.#introduce(event.handle);
    // A known device under a new id is no news.
    else this.#names.set(event.handle, known);
  }

  async #introduce(handle: string): Promise<void> {
    try {
      this.#remember(await this.parts.list());
    } catch (error) {
      if (!(error instanceof SessionUnavailableError)) return this.parts.page.error(error);
    }
    this.#tellDevice(handle, 'in');
  }

  #tellDevice(handle: string, change: 'in' | 'out'): void {
    const name = this.#names.get(handle) ?? 'A device';
    if (change === 'out') this.#names.delete(handle);
    const text = change === 'in' ? `${name} logged in.` : `${name} was logged out.`;
    this.parts.page.next({ type: 'device', data: { handle, change, text } });
  }

  async #beat(own: string): Promise<void> {
    this.#sayAlive();
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      if (!(await this.parts.isAlive(own))) this.end();
    } catch (error) {
      // Nobody is logged out because Redis is down.
      if (!(error instanceof SessionUnavailableError)) this.parts.page.error(error);
    } finally {
      this.#isChecking = false;
    }
  }

  #sayAlive(): void {
    this.parts.page.next({ type: 'alive', data: { everyMs: HEARTBEAT_MS } });
  }

  #remember(devices: readonly Device[]): void {
    for (const { handle, name } of devices) this.#names.set(handle, name);
  }
}
