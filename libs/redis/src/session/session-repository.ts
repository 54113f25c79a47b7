import { systemClock, type Clock } from '../common/clock.js';
import type { RedisClient } from '../connection/redis-client.js';
import { Deadline, type Afterwards } from './deadline.js';
import type { SessionBreaker } from './session-breaker.js';
import {
  SessionCommands,
  type EndReply,
  type ReadReply,
  type StoredBytes,
} from './session-commands.js';
import { handleOfName, SessionFormat } from './session-format.js';
import { SessionEnding, type KnownOwner } from './session-ending.js';
import type { SessionEnd } from './session-ends.js';
import { SessionEndedError } from './session.errors.js';
import { sessionRefused, sessionRenewed } from './session.events.js';
import { isRenewalDue, timeLeftMs } from './session-lifetime.js';
import {
  absent,
  corrupt,
  type LoadedSession,
  type SaveResult,
  type SessionLookup,
} from './session-lookup.js';
import type { SessionSave, StoredSession } from './session-lookup.js';
import { moveSession, type MovedSession, type SessionMove } from './session-move.js';
import type { ResolvedSessionOptions } from './session.options.js';
import { serializeSession, storableJson } from './session-record.js';
import type { SessionRecord } from './session.types.js';
import { SessionWriter, type SessionChange } from './session-writer.js';
import { openSuccessor } from './successor.js';
import { schemaProblem } from './standard-schema.js';
import type { SessionRegistry } from './users/session-registry.js';

/**
 * Stored sessions by id: the rules of life and death, the deadline, and nothing of HTTP. Every method
 * fails with SessionUnavailableError when Redis does.
 */
export class SessionRepository {
  readonly ending: SessionEnding;
  readonly #commands: SessionCommands;
  readonly #writer: SessionWriter;
  readonly #format: SessionFormat;

  constructor(
    redis: () => RedisClient,
    private readonly options: ResolvedSessionOptions,
    private readonly registry: SessionRegistry,
    private readonly clock: Clock = systemClock,
    private readonly breaker?: SessionBreaker,
  ) {
    this.#commands = new SessionCommands(redis, options);
    this.#writer = new SessionWriter(this.#commands);
    this.#format = new SessionFormat(options);
    const [commands, format] = [this.#commands, this.#format];
    this.ending = new SessionEnding({ commands, format, registry, options, breaker });
  }

  /** The name that a session of this id is stored under, behind the prefix. */
  nameOf(id: string): string {
    return this.#format.nameOf(id);
  }

  /**
   * One round trip; one more for the first read of a session in this process (see UserEpochs). Undefined for no
   * session; also for corrupt data, past the absolute end, and when its user has revoked all.
   */
  async load(id: string): Promise<LoadedSession | undefined> {
    const found = await this.lookUp(id);
    return found.kind === 'found' ? found : undefined;
  }

  /** As `load`, by the name that a session is stored under. */
  async loadNamed(name: string): Promise<LoadedSession | undefined> {
    const found = await this.lookUpNamed(name);
    if (found.kind === 'found') return found;
    const newName = this.#format.newNameOf(name);
    return newName === undefined ? undefined : this.loadNamed(newName);
  }

  /** As `load`, and tells whether an id without a session is dead for good. */
  async lookUp(id: string): Promise<SessionLookup> {
    // Braces would move the mark of an ended session into another slot of a Cluster.
    if (/[{}\s]/.test(id)) return { kind: 'none', isDead: true, ended: 'ended' };
    const name = this.#format.nameOf(id);
    const found = await this.#follow(id, await this.lookUpNamed(name));
    const oldName = this.#format.oldNameOf(id);
    if (found.kind === 'found' || oldName === undefined) return found;
    return (await this.#migrate(oldName, id)) ?? found;
  }

  /**
   * Stores a session under a new id.
   *
   * @throws SessionEndedError when it was revoked before it was stored
   */
  async create(id: string, record: SessionRecord): Promise<void> {
    const json = storableJson(record);
    const result = await this.save({ id, lastSeen: undefined, record, json, merge: () => record });
    if (result.kind === 'gone') throw new SessionEndedError();
  }

  /** Saves a session; `merge` is asked where somebody else saved it since it was last seen. */
  async save(save: SessionSave): Promise<SaveResult> {
    const { id, lastSeen, record, json, merge, keepsExpiry } = save;
    const name = this.#format.nameOf(id);
    const leftMs = timeLeftMs(record, this.options, this.clock.now());
    if (leftMs <= 0) {
      await this.remove(id, { kind: 'expired' });
      return { kind: 'gone' };
    }
    const ttlMs = keepsExpiry && lastSeen !== undefined ? 0 : leftMs;
    let storedJson = json;
    const change: SessionChange = (stored) => {
      const parsed = stored === lastSeen ? undefined : this.#format.decode(name, stored ?? '');
      storedJson = parsed?.kind === 'session' ? serializeSession(merge(parsed.record)) : json;
      return { bytes: this.#format.encode(name, storedJson), ttlMs };
    };
    const result = await this.#writer.write(name, lastSeen, change, this.#deadline('save'));
    if (result.kind === 'saved') return { kind: 'saved', stored: result.bytes, storedJson };
    const next = lastSeen === undefined ? undefined : await this.#successorOf(id);
    if (next === undefined) return this.#refused(name);
    const followed = await this.save({ ...save, id: next });
    return followed.kind === 'saved' ? { ...followed, isFollowed: true } : followed;
  }

  /** Changes a stored session and keeps its expiry. @returns false when there is no such session */
  async update(id: string, change: (record: SessionRecord) => SessionRecord): Promise<boolean> {
    const loaded = await this.load(id);
    return loaded !== undefined && (await this.amend(id, loaded.stored, change)) !== undefined;
  }

  /**
   * As `update` in one round trip, for a session that was read before; `change` may run again.
   * @returns what is stored now; undefined when `change` gave undefined, or the session is gone
   */
  async amend(
    id: string,
    lastSeen: StoredBytes,
    change: (record: SessionRecord) => SessionRecord | undefined,
  ): Promise<StoredSession | undefined> {
    const name = this.#format.nameOf(id);
    let storedJson = '';
    const apply: SessionChange = (stored) => {
      const parsed = this.#format.decode(name, stored ?? '');
      const changed = parsed.kind === 'session' ? change(parsed.record) : undefined;
      if (!changed) return undefined;
      storedJson = storableJson(changed);
      return { bytes: this.#format.encode(name, storedJson), ttlMs: 0 };
    };
    const result = await this.#writer.write(name, lastSeen, apply, this.#deadline('change'));
    if (result.kind === 'saved') return { stored: result.bytes, storedJson };
    this.#refused(name);
    return undefined;
  }

  /** Gives the session its full idle time again. @returns false when there is no such session */
  async renew(id: string, record?: SessionRecord): Promise<boolean> {
    const session = record ?? (await this.load(id))?.record;
    if (!session) return false;
    const ttlMs = timeLeftMs(session, this.options, this.clock.now());
    if (ttlMs <= 0) return this.remove(id, { kind: 'expired' }).then(() => false);
    const name = this.#format.nameOf(id);
    const isRenewed = await this.#step('renew', () => this.#commands.expire(name, ttlMs));
    if (isRenewed) sessionRenewed.publish(() => ({ handle: handleOfName(name) }));
    return isRenewed;
  }

  /** Stores a session anew under another id and ends the old one, with what others saved there last. */
  move(move: Omit<SessionMove, 'ttlMs'>): Promise<MovedSession> {
    const deadline = this.#deadline('move');
    const ttlMs = (record: SessionRecord): number =>
      timeLeftMs(record, this.options, this.clock.now());
    const afterwards = (name: string, mark: string): Afterwards<EndReply> =>
      this.ending.afterwards({ name, end: { kind: 'destroyed' }, mark });
    const endSuccessor = async (id: string): Promise<unknown> => {
      const next = await this.#successorOf(id);
      return next !== undefined && this.remove(next);
    };
    return moveSession(
      { ...move, ttlMs },
      { commands: this.#commands, format: this.#format, deadline, afterwards, endSuccessor },
    );
  }

  /** Ends a session, and whatever stands beside it. @returns false when there was none */
  async remove(id: string, end: SessionEnd = { kind: 'destroyed' }): Promise<boolean> {
    return this.removeNamed(this.#format.oldNameOf(id) ?? this.#format.nameOf(id), end);
  }

  /**
   * As `remove`, by the name that a session is stored under.
   *
   * @param known whose session it is, where the caller knows: that saves a round trip
   */
  async removeNamed(name: string, end: SessionEnd, known?: KnownOwner): Promise<boolean> {
    const newName = this.#format.newNameOf(name);
    if (newName === undefined) return this.ending.end(name, end, known);
    // Both, since a reader may move it at this very moment: the mark under the new name stops that.
    const both = [name, newName].map((one) => this.ending.end(one, end, known));
    return (await Promise.all(both)).includes(true);
  }

  /** How long a session is still stored, as PTTL says it; looking renews nothing. */
  timeToLive(name: string): Promise<number> {
    return this.#step('read', async () => {
      const leftMs = await this.#commands.timeToLive(name);
      const newName = leftMs === -2 ? this.#format.newNameOf(name) : undefined;
      return newName === undefined ? leftMs : this.#commands.timeToLive(newName);
    });
  }

  /** True for a session that was just ended on purpose, so that its absence is no expiry. */
  isEnded(name: string): Promise<boolean> {
    return this.#step('read', () => this.#commands.isEnded(this.#format.newNameOf(name) ?? name));
  }

  /** As `lookUp`, by the name that a session is stored under now. */
  async lookUpNamed(name: string): Promise<SessionLookup> {
    const found = await this.#read(name, () => this.registry.ahead(name));
    if (found.kind === 'none') return found;
    if (timeLeftMs(found.record, this.options, this.clock.now()) <= 0) {
      await this.removeNamed(name, { kind: 'expired' });
      return { kind: 'none', isDead: true, ended: 'expired' };
    }
    const step = <T>(ask: () => Promise<T>): Promise<T> => this.#step('read', ask);
    if (await this.registry.admits(name, found.record, step)) return found;
    await this.removeNamed(name, { kind: 'revoked', reason: 'all' });
    return { kind: 'none', isDead: true, ended: 'revoked' };
  }

  /** The session that another id was given for a moment ago, while requests with the old one are under way. */
  async #follow(id: string, found: SessionLookup): Promise<SessionLookup> {
    if (found.kind === 'found') return found;
    if (found.isReused) this.registry.suspects(this.#format.nameOf(id));
    const next = found.sealedSuccessor && openSuccessor(found.sealedSuccessor, id);
    if (!next) return found;
    const followed = await this.lookUp(next);
    if (followed.kind === 'found') return { ...followed, id: followed.id ?? next };
    return { ...found, ended: followed.ended };
  }

  async #successorOf(id: string): Promise<string | undefined> {
    const found = await this.#read(this.#format.nameOf(id));
    const sealed = found.kind === 'none' ? found.sealedSuccessor : undefined;
    return sealed === undefined ? undefined : openSuccessor(sealed, id);
  }

  #refused(name: string): { readonly kind: 'gone' } {
    sessionRefused.publish(() => ({ handle: handleOfName(name) }));
    return { kind: 'gone' };
  }

  /** What is stored under a name, whether its user has revoked it or not. */
  readNamed(name: string): Promise<SessionLookup> {
    return this.#read(name);
  }

  /** @param beside what goes out in the same round trip, if anything */
  async #read(name: string, beside?: () => Promise<unknown> | undefined): Promise<SessionLookup> {
    const read = (): Promise<ReadReply> => {
      const reply = this.#commands.read(name);
      const other = beside?.();
      return other ? Promise.all([reply, other]).then(([first]) => first) : reply;
    };
    return this.#understand(name, await this.#step('read', read));
  }

  #understand(name: string, reply: ReadReply): SessionLookup | Promise<SessionLookup> {
    if (reply.kind === 'absent') return absent(reply.mark);
    if (reply.kind === 'foreign') return corrupt(name, 'not a string in Redis');
    const parsed = this.#format.decode(name, reply.stored);
    if (parsed.kind !== 'session') return corrupt(name, parsed.reason, parsed.kind === 'corrupt');
    const { record, json } = parsed;
    const isDue = isRenewalDue(record, this.options, reply.leftMs);
    const found = { ...reply, record, json, isDue };
    const { schema } = this.options;
    if (!schema) return found;
    return schemaProblem(schema, record).then((problem) =>
      problem === undefined ? found : corrupt(name, problem),
    );
  }

  /** Moves a session from the time before `hashIds` to its new name. */
  async #migrate(oldName: string, id: string): Promise<SessionLookup | undefined> {
    const old = await this.lookUpNamed(oldName);
    if (old.kind === 'none') return undefined;
    const { record, json } = old;
    await this.save({ id, lastSeen: undefined, record, json, merge: (stored) => stored });
    await this.#step('end', () => this.#commands.end(oldName));
    return this.lookUpNamed(this.#format.nameOf(id));
  }

  #step<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return this.#deadline(operation).step(work);
  }

  #deadline(operation: string): Deadline {
    return new Deadline(operation, this.options.deadlineMs, this.breaker);
  }
}
