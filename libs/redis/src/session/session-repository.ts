import { systemClock, type Clock } from '../common/clock.js';
import type { RedisClient } from '../connection/redis-client.js';
import { Deadline } from './deadline.js';
import { SessionCommands, type ReadReply, type StoredBytes } from './session-commands.js';
import { sessionCorrupt } from './session.events.js';
import { handleOf } from './session-id.js';
import { sessionIds } from './session-keys.js';
import { timeLeftMs } from './session-lifetime.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { parseSession, serializeSession } from './session-record.js';
import type { SessionRecord } from './session.types.js';
import { SessionWriter, type SessionChange, type WriteResult } from './session-writer.js';

/** `activity` pushes the expiry out when it draws near; `look` leaves it. */
export type ReadPurpose = 'activity' | 'look';

export interface LoadedSession {
  readonly record: SessionRecord;
  /** The bytes that the record was read from, for a later compare-and-set. */
  readonly stored: Buffer;
  readonly isRenewed: boolean;
}

/**
 * Stored sessions by id: the rules of life and death, the deadline, and nothing of HTTP. Every method
 * fails with SessionUnavailableError when Redis does.
 */
export class SessionRepository {
  readonly #commands: SessionCommands;
  readonly #writer: SessionWriter;

  constructor(
    private readonly redis: () => RedisClient,
    private readonly options: ResolvedSessionOptions,
    private readonly clock: Clock = systemClock,
  ) {
    this.#commands = new SessionCommands(redis, options, clock);
    this.#writer = new SessionWriter(this.#commands);
  }

  /** One round trip. Undefined for no session; also for corrupt data, and past the absolute end. */
  async load(id: string, purpose: ReadPurpose): Promise<LoadedSession | undefined> {
    const reply = await this.#step('read', () => this.#commands.read(id, purpose === 'activity'));
    const loaded = this.#understand(id, reply);
    if (!loaded || timeLeftMs(loaded.record, this.options, this.clock.now()) > 0) return loaded;
    await this.remove(id);
    return undefined;
  }

  /** Stores a session under a new id. */
  async create(id: string, record: SessionRecord): Promise<void> {
    await this.save(id, undefined, record, serializeSession(record), () => record);
  }

  /**
   * Saves a session whose stored form was last seen as `lastSeen`; when others changed it meanwhile,
   * `merge` makes one of both.
   *
   * @param json the record, serialized
   */
  async save(
    id: string,
    lastSeen: StoredBytes | undefined,
    record: SessionRecord,
    json: string,
    merge: (stored: SessionRecord) => SessionRecord,
  ): Promise<WriteResult> {
    const ttlMs = timeLeftMs(record, this.options, this.clock.now());
    if (ttlMs <= 0) {
      await this.remove(id);
      return { kind: 'gone' };
    }
    const change: SessionChange = (stored) => {
      if (stored === lastSeen) return { json, ttlMs };
      const parsed = parseSession(stored ?? '');
      if (parsed.kind === 'corrupt') return { json, ttlMs };
      return { json: serializeSession(merge(parsed.record)), ttlMs };
    };
    return this.#writer.write(id, lastSeen, change, this.#deadline('save'));
  }

  /** Changes a stored session and keeps its expiry. @returns false when there is no such session */
  async update(id: string, change: (record: SessionRecord) => SessionRecord): Promise<boolean> {
    const loaded = await this.load(id, 'look');
    if (!loaded) return false;
    const apply: SessionChange = (stored) => {
      const parsed = parseSession(stored ?? '');
      if (parsed.kind === 'corrupt') return undefined;
      return { json: serializeSession(change(parsed.record)), ttlMs: 0 };
    };
    const result = await this.#writer.write(id, loaded.stored, apply, this.#deadline('change'));
    return result.kind === 'saved';
  }

  /** Gives the session its full idle time again. @returns false when there is no such session */
  async renew(id: string, record?: SessionRecord): Promise<boolean> {
    const session = record ?? (await this.load(id, 'look'))?.record;
    if (!session) return false;
    const ttlMs = timeLeftMs(session, this.options, this.clock.now());
    if (ttlMs <= 0) return this.remove(id).then(() => false);
    return this.#step('renew', () => this.#commands.expire(id, ttlMs));
  }

  /** Ends a session. @returns false when there was none */
  remove(id: string): Promise<boolean> {
    return this.#step('end', () => this.#commands.remove(id));
  }

  /** Ids of all sessions under the prefix, each once, also of those that other programs wrote. */
  async ids(): Promise<string[]> {
    const all = new Set<string>();
    for await (const chunk of this.#chunks()) chunk.forEach((id) => all.add(id));
    return [...all];
  }

  /** All sessions; corrupt entries are left out and published as events. */
  async all(): Promise<Map<string, SessionRecord>> {
    const found = new Map<string, SessionRecord>();
    for await (const chunk of this.#chunks()) {
      const loaded = await Promise.all(chunk.map((id) => this.load(id, 'look')));
      loaded.forEach((one, index) => one && found.set(chunk[index]!, one.record));
    }
    return found;
  }

  /** Ends all sessions: one command per key, since in a Cluster their slots differ. */
  async clear(): Promise<void> {
    for await (const chunk of this.#chunks()) {
      await Promise.all(chunk.map((id) => this.#step('end', () => this.#commands.unlink(id))));
    }
  }

  async *#chunks(): AsyncGenerator<string[]> {
    const scan = sessionIds(this.redis(), this.options.prefix);
    for (;;) {
      const next = await this.#step('list', () => scan.next());
      if (next.done) return;
      yield next.value;
    }
  }

  #understand(id: string, reply: ReadReply): LoadedSession | undefined {
    if (reply.kind === 'absent') return undefined;
    if (reply.kind === 'foreign') return this.#corrupt(id, 'not a string in Redis');
    const parsed = parseSession(reply.stored);
    if (parsed.kind === 'corrupt') return this.#corrupt(id, parsed.reason);
    return { record: parsed.record, stored: reply.stored, isRenewed: reply.isRenewed };
  }

  #corrupt(id: string, reason: string): undefined {
    sessionCorrupt.publish(() => ({ handle: handleOf(id), reason }));
  }

  #step<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return this.#deadline(operation).step(work);
  }

  #deadline(operation: string): Deadline {
    return new Deadline(operation, this.options.deadlineMs);
  }
}
