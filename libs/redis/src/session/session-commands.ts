import { createHash } from 'node:crypto';
import { systemClock, type Clock } from '../common/clock.js';
import type { RedisClient } from '../connection/redis-client.js';
import { MAX_AGE_TOLERANCE_MS } from './session-lifetime.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { readSession } from './scripts/read-session-1.js';
import { writeSession } from './scripts/write-session-1.js';

/** Bytes as Redis holds them: as read, or as written by us. */
export type StoredBytes = Buffer | string;

export type ReadReply =
  | { readonly kind: 'absent' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'found'; readonly stored: Buffer; readonly isRenewed: boolean };

export type WriteReply =
  | { readonly kind: 'saved' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'conflict'; readonly stored: Buffer };

/** The Redis commands of one session, each one round trip. Knows keys and replies, no rules. */
export class SessionCommands {
  constructor(
    private readonly client: () => RedisClient,
    private readonly options: ResolvedSessionOptions,
    private readonly clock: Clock = systemClock,
  ) {}

  /** @param renew false to look without counting as activity */
  async read(id: string, renew: boolean): Promise<ReadReply> {
    const { idleTimeoutMs, renewBelow, cookie, absoluteTimeoutMs } = this.options;
    const reply = await readSession.runBuffer(
      this.client(),
      [this.#key(id)],
      [
        idleTimeoutMs,
        renew ? renewBelow : 0,
        cookie.maxAge ?? -1,
        MAX_AGE_TOLERANCE_MS,
        absoluteTimeoutMs ?? 0,
        this.clock.now(),
      ],
    );
    if (reply === null) return { kind: 'absent' };
    if (!Array.isArray(reply)) return { kind: 'foreign' };
    return { kind: 'found', stored: reply[0] as Buffer, isRenewed: reply[1] === 1 };
  }

  /**
   * @param expected what the key held when last seen; undefined to create it
   * @param ttlMs 0 to keep the TTL that it has
   */
  async write(
    id: string,
    expected: StoredBytes | undefined,
    json: string,
    ttlMs: number,
  ): Promise<WriteReply> {
    const hash = expected === undefined ? '' : createHash('sha1').update(expected).digest('hex');
    const reply = await writeSession.runBuffer(this.client(), [this.#key(id)], [hash, json, ttlMs]);
    const [kind, stored] = reply as [Buffer, Buffer?];
    if (stored) return { kind: 'conflict', stored };
    return { kind: kind.toString() === 'gone' ? 'gone' : 'saved' };
  }

  async expire(id: string, ttlMs: number): Promise<boolean> {
    return (await this.client().pexpire(this.#key(id), ttlMs)) === 1;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.client().del(this.#key(id))) === 1;
  }

  /** Like `remove`, but the server frees the memory in the background. */
  async unlink(id: string): Promise<boolean> {
    return (await this.client().unlink(this.#key(id))) === 1;
  }

  #key(id: string): string {
    return this.options.prefix + id;
  }
}
