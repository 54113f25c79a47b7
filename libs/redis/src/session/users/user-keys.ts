import { createHash } from 'node:crypto';

/**
 * Names of every key that the session store writes besides the sessions themselves. They start with
 * `index:`, and no session does: whoever scans `<prefix>*` for sessions must not find them. User ids
 * stand in them as hashes only.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `index:<prefix>user:{<user>}` | hash | the user's sessions: handle → entry (user-index.ts) |
 * | `index:<prefix>epoch:{<user>}` | string | from which epoch on sessions of the user count (epoch.ts) |
 * | `index:<prefix>handle:<handle>` | string | the name under which the session of the handle is stored |
 * | `index:<prefix>due:{<shard>}` | sorted set | handle → when its session is due to expire, in ms |
 * | `index:<prefix>due-of:{<shard>}` | hash | handle → whose session that is |
 * | `index:<prefix>events` | channel | session events between nodes |
 * | `index:<prefix>wait` | channel | empty messages that nobody listens to, see replica-acknowledgement.ts |
 *
 * The first two share the user's slot and the two `due` keys share their shard's: each script stays in one slot.
 */
export class SessionIndexKeys {
  readonly #start: string;

  constructor(prefix: string) {
    this.#start = indexStart(prefix);
  }

  user(userId: string): string {
    return `${this.#start}user:{${hashOf(userId)}}`;
  }

  epoch(userId: string): string {
    return `${this.#start}epoch:{${hashOf(userId)}}`;
  }

  handle(handle: string): string {
    return `${this.#start}handle:${handle}`;
  }

  due(shard: string): string {
    return `${this.#start}due:{${shard}}`;
  }

  dueOf(shard: string): string {
    return `${this.#start}due-of:{${shard}}`;
  }

  get events(): string {
    return `${this.#start}events`;
  }

  get wait(): string {
    return `${this.#start}wait`;
  }
}

/** What all keys of `SessionIndexKeys` start with. */
export function indexStart(prefix: string): string {
  return `index:${prefix}`;
}

function hashOf(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url').slice(0, 22);
}
