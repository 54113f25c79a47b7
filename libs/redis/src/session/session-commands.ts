import { hash } from 'node:crypto';
import { randomText } from '../common/random-text.js';
import type { RedisClient } from '../connection/redis-client.js';
import { markOf, readMark, type EndMark, type MarkText } from './end-mark.js';
import { createSession } from './scripts/create-session-2.js';
import { endSession } from './scripts/end-session-2.js';
import { readSession } from './scripts/read-session-2.js';
import { writeSession } from './scripts/write-session-2.js';
import type { SessionEnd } from './session-ends.js';
import type { ResolvedSessionOptions } from './session.options.js';

/** Bytes as Redis holds them: as read, or as written by us. */
export type StoredBytes = Buffer | string;

export type ReadReply =
  /** `mark`: it ended so short a time ago that this is still known. */
  | { readonly kind: 'absent'; readonly mark?: EndMark | undefined }
  | { readonly kind: 'foreign' }
  /** `leftMs` is -1 for a key without expiry. */
  | { readonly kind: 'found'; readonly stored: Buffer; readonly leftMs: number };

export type WriteReply =
  | { readonly kind: 'saved' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'conflict'; readonly stored: Buffer };

export type EndReply =
  /** `stored` is '' for what was no string, and where the first of two runs ended it. */
  | { readonly kind: 'ended'; readonly stored: Buffer }
  | { readonly kind: 'absent' }
  | { readonly kind: 'conflict'; readonly stored: Buffer };

export interface EndCondition {
  readonly expected?: StoredBytes | undefined;
  readonly isAwaited?: boolean;
  /** What it leaves, see `markFor`; default as of a logout. */
  readonly mark?: MarkText;
}

/** Eight characters as text: as in write-session-2. */
const NAME_BYTES = 6;

/** The Redis commands of one session, each one round trip. Knows keys and replies, no rules. */
export class SessionCommands {
  constructor(
    private readonly client: () => RedisClient,
    private readonly options: Pick<
      ResolvedSessionOptions,
      'prefix' | 'deadlineMs' | 'rememberEndsMs'
    >,
  ) {}

  async read(name: string): Promise<ReadReply> {
    const reply = await readSession.runBuffer(this.client(), this.#keys(name), []);
    if (reply === null) return { kind: 'absent' };
    if (!Array.isArray(reply)) return { kind: 'foreign' };
    const [first, second, third] = reply as [Buffer, Buffer | number, number?];
    if (third !== undefined) return { kind: 'absent', mark: readMark(String(second), third) };
    return { kind: 'found', stored: first, leftMs: second as number };
  }

  /**
   * @param expected what the key held when last seen; undefined to create it
   * @param ttlMs 0 to keep the TTL that it has
   */
  async write(
    name: string,
    expected: StoredBytes | undefined,
    bytes: StoredBytes,
    ttlMs: number,
  ): Promise<WriteReply> {
    const reply = await (expected === undefined
      ? createSession.runBuffer(this.client(), this.#keys(name), [bytes, ttlMs])
      : this.#rewrite(name, [hashOf(expected), bytes, ttlMs]));
    const [kind, stored] = reply as [Buffer, Buffer?];
    if (stored) return { kind: 'conflict', stored };
    return { kind: kind.toString() === 'gone' ? 'gone' : 'saved' };
  }

  #rewrite(name: string, change: readonly (string | number | Buffer)[]): Promise<unknown> {
    const key = this.#key(name);
    const keys = [key, besideKey('written', key, this.client().options.keyPrefix)];
    const writeName = randomText(NAME_BYTES);
    const args = [...change, writeName, this.options.deadlineMs];
    return writeSession.runBuffer(this.client(), keys, args);
  }

  async expire(name: string, ttlMs: number): Promise<boolean> {
    return (await this.client().pexpire(this.#key(name), ttlMs)) === 1;
  }

  /** The mark of one end, which no other has. That of an expiry is empty: the expiry sweeper is to report it. */
  markFor(end: SessionEnd): MarkText {
    return markOf(end, this.options.rememberEndsMs);
  }

  /**
   * @param when `expected`: end it only if it still holds this; `isAwaited`: true to stop one that is about to be
   *   stored, too
   */
  async end(name: string, when: EndCondition = {}): Promise<EndReply> {
    const { expected, isAwaited, mark = this.markFor({ kind: 'destroyed' }) } = when;
    const args = [hashOf(expected), mark.ms, isAwaited ? '1' : '0', mark.text];
    const reply = await endSession.runBuffer(this.client(), this.#keys(name), args);
    const [kind, stored] = reply as [Buffer, Buffer?];
    if (!stored) return { kind: 'absent' };
    return { kind: kind.toString() === 'ended' ? 'ended' : 'conflict', stored };
  }

  /** As PTTL: ms, -1 without an expiry, -2 without a session. */
  timeToLive(name: string): Promise<number> {
    return this.client().pttl(this.#key(name));
  }

  /** True for half a minute after a session was ended on purpose; whoever did that reports it. */
  async isEnded(name: string): Promise<boolean> {
    return Boolean(await this.markAt(name));
  }

  /** The text of the mark where a session ended; null where none stands. */
  markAt(name: string): Promise<string | null> {
    return this.client().get(this.#keys(name)[1]);
  }

  /** Frees the memory in the background and leaves no mark: for sessions by the thousand. */
  async unlink(name: string): Promise<boolean> {
    return (await this.client().unlink(this.#key(name))) === 1;
  }

  #key(name: string): string {
    return this.options.prefix + name;
  }

  #keys(name: string): [string, string] {
    const key = this.#key(name);
    return [key, besideKey('ended', key, this.client().options.keyPrefix)];
  }
}

/**
 * A key beside a session: in the session's slot by its hash tag, and outside of the session prefix, where other
 * programs would take it for a session.
 *
 * @param kind `ended`: the mark that end-session-2 leaves; `written`: the names of write-session-2
 * @param keyPrefix what ioredis puts before every key; a tag must hold it too
 */
export function besideKey(kind: 'ended' | 'written', key: string, keyPrefix = ''): string {
  return hasHashTag(keyPrefix + key) ? `${kind}:${key}` : `${kind}:{${keyPrefix}${key}}`;
}

/** Redis Cluster hashes what stands between the first `{` and the next `}`, if that is anything. */
function hasHashTag(key: string): boolean {
  const start = key.indexOf('{');
  return start >= 0 && key.indexOf('}', start) > start + 1;
}

function hashOf(expected: StoredBytes | undefined): string {
  return expected === undefined ? '' : hash('sha1', expected);
}
