import type { RedisClient } from '../../connection/redis-client.js';
import { registerSession } from '../scripts/register-session-2.js';
import { revokeUser } from '../scripts/revoke-user-2.js';
import { handleOfName } from '../session-format.js';
import { parseEpoch, type Epoch } from './epoch.js';
import type { SessionIndexKeys } from './user-keys.js';

/** What the index notes of a session. Times in milliseconds since the Unix epoch. */
export interface IndexEntry {
  readonly handle: string;
  /** When the session began, by the application's clock. */
  readonly createdAt: number;
  /** When the session was last entered, by Redis' clock. */
  readonly seenAt: number;
  /** Name of the session's key, without the prefix: no more than that key itself gives away. */
  readonly name: string;
  /** Name of the session whose place this one takes; that one may not have ended yet, and is in no entry of its own. */
  readonly replaces?: string;
}

export interface NewEntry {
  readonly handle: string;
  readonly name: string;
  readonly createdAt: number;
  /** How long the entry is kept unless it is entered again. */
  readonly keepMs: number;
  /** Epoch in which the session began; undefined: the present one. */
  readonly began: number | undefined;
  /** Name of the session that this one takes the place of. */
  readonly replaces: string | undefined;
}

export interface IndexLimit {
  readonly max: number;
  readonly policy: 'drop-oldest' | 'refuse';
}

export type Registration =
  | {
      readonly kind: 'added';
      readonly epoch: Epoch;
      /** Their sessions are the caller's to end. */
      readonly dropped: readonly IndexEntry[];
    }
  | { readonly kind: 'full'; readonly epoch: Epoch; readonly others: readonly IndexEntry[] }
  | { readonly kind: 'revoked'; readonly epoch: Epoch };

/**
 * The Redis commands of the user index, each one round trip. The index only remembers where a user's sessions are;
 * whether one lives, the session itself says.
 */
export class UserIndex {
  constructor(
    private readonly client: () => RedisClient,
    private readonly keys: SessionIndexKeys,
  ) {}

  /** Enters a session, or enters it again, and makes it findable by its handle. */
  async register(userId: string, entry: NewEntry, limit: IndexLimit): Promise<Registration> {
    const { handle, name, keepMs } = entry;
    const [reply] = await Promise.all([
      this.#register(userId, entry, limit),
      this.client().set(this.keys.handle(handle), name, 'PX', keepMs),
    ]);
    const [kind, stamp, ...rest] = reply;
    const epoch = parseEpoch(stamp!);
    if (kind === 'revoked') return { kind, epoch };
    const entries = readEntries(rest);
    return kind === 'full'
      ? { kind, epoch, others: entries }
      : { kind: 'added', epoch, dropped: entries };
  }

  /** Takes sessions out of the index. */
  async forget(userId: string, handles: readonly string[]): Promise<void> {
    if (handles.length === 0) return;
    await Promise.all([
      this.client().hdel(this.keys.user(userId), ...handles),
      ...handles.map((handle) => this.client().unlink(this.keys.handle(handle))),
    ]);
  }

  async entries(userId: string): Promise<IndexEntry[]> {
    const stored = await this.client().hgetall(this.keys.user(userId));
    return readEntries(Object.entries(stored).flat());
  }

  /** Name under which the session of a handle is stored; null for an unknown handle. */
  nameOf(handle: string): Promise<string | null> {
    return this.client().get(this.keys.handle(handle));
  }

  async epoch(userId: string): Promise<Epoch> {
    return parseEpoch(await this.client().get(this.keys.epoch(userId)));
  }

  /** Begins a new epoch and takes all sessions but `stays` out of the index. */
  async revoke(
    userId: string,
    { stays, rememberMs }: { readonly stays: string | undefined; readonly rememberMs: number },
  ): Promise<{ readonly epoch: Epoch; readonly taken: readonly IndexEntry[] }> {
    const keys = [this.keys.user(userId), this.keys.epoch(userId)];
    const reply = await revokeUser.run(this.client(), keys, [stays ?? '', rememberMs]);
    const [stamp, ...rest] = reply as string[];
    return { epoch: parseEpoch(stamp!), taken: readEntries(rest) };
  }

  /** Deletes both keys of a user. */
  async purge(userId: string): Promise<void> {
    await this.client().unlink(this.keys.user(userId), this.keys.epoch(userId));
  }

  async #register(userId: string, entry: NewEntry, { max, policy }: IndexLimit): Promise<string[]> {
    const { handle, name, createdAt, keepMs, began = '', replaces = '' } = entry;
    const keys = [this.keys.user(userId), this.keys.epoch(userId)];
    const replaced = replaces && handleOfName(replaces);
    const args = [handle, name, createdAt, keepMs, max, policy, began, replaced, replaces];
    return (await registerSession.run(this.client(), keys, args)) as string[];
  }
}

/** Handle and entry in turn, as the scripts and HGETALL give them. */
function readEntries(reply: readonly string[]): IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const parts = /^(\d+) (\d+) \d+ (\S+)(?: (\S+))?$/.exec(reply[at + 1]!);
    if (!parts) continue;
    const [, createdAt, seenAt, name, replaces] = parts;
    entries.push({
      handle: reply[at]!,
      name: name!,
      createdAt: Number(createdAt),
      seenAt: Number(seenAt),
      ...(replaces !== undefined && { replaces }),
    });
  }
  return entries;
}
