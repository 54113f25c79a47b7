import type { Request } from 'express';
import { LRUCache } from 'lru-cache';
import type { SessionEvents, SessionLifeNews } from '../session-events.js';
import { handleOf } from '../session-id.js';
import type { SessionMeta } from '../session.types.js';
import { deviceOf } from './device.js';

/**
 * What may mean that somebody else has the session: `user-agent` and `network` differ from those of its login;
 * `old-id` was used after the grace of its rotation.
 */
export type RiskSign = 'user-agent' | 'network' | 'old-id';

/** Signs that a process remembers, so that each is reported once. */
const MOST_REMEMBERED = 20_000;

/**
 * Reports what may mean that a session was stolen, and ends nothing: browsers are updated and phones change networks
 * (OWASP Session Management, "Binding the Session ID to Other User Properties").
 */
export class SessionRisks {
  readonly #reported = new LRUCache<string, true>({ max: MOST_REMEMBERED });

  constructor(private readonly events: Pick<SessionEvents, 'publish' | 'isHeard'>) {}

  /** Compares a request with what was noted at the login. Costs nothing while nobody listens. */
  check(
    request: Request,
    id: string,
    { userId, meta }: { readonly userId: string | undefined; readonly meta: SessionMeta },
  ): void {
    if (userId === undefined || !this.events.isHeard('risk')) return;
    const news = { handle: handleOf(id), userId };
    const { ip, userAgent } = deviceOf(request);
    if (meta.userAgent !== undefined && userAgent !== meta.userAgent)
      this.publish(news, 'user-agent', userAgent);
    const network = networkOf(ip);
    if (meta.ip !== undefined && network !== networkOf(meta.ip))
      this.publish(news, 'network', network);
  }

  /** @param value what is other than before; each is reported once per session and process */
  publish(news: SessionLifeNews<'created'>, sign: RiskSign, value = ''): void {
    const known = `${news.handle} ${sign} ${value}`;
    if (this.#reported.has(known)) return;
    this.#reported.set(known, true);
    this.events.publish('risk', { ...news, sign });
  }
}

/** The part of an address that stays while a provider hands out another: /24 of IPv4, /48 of IPv6. */
export function networkOf(ip: string | undefined): string {
  const v4 = /(\d+\.\d+\.\d+)\.\d+$/.exec(ip ?? '');
  if (v4) return v4[1]!;
  const groups = (ip ?? '').split('::')[0]!.split(':');
  return [0, 1, 2].map((at) => groups[at] || '0').join(':');
}
