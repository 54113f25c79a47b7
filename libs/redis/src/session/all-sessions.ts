import type { RedisClient } from '../connection/redis-client.js';
import { Deadline } from './deadline.js';
import type { SessionBreaker } from './session-breaker.js';
import { SessionCommands } from './session-commands.js';
import type { SessionEnd } from './session-ends.js';
import { sessionIds } from './session-keys.js';
import type { ResolvedSessionOptions } from './session.options.js';
import type { SessionRepository } from './session-repository.js';
import type { SessionRecord } from './session.types.js';

export interface AllSessionsParts {
  readonly client: () => RedisClient;
  readonly sessions: Pick<SessionRepository, 'lookUpNamed' | 'readNamed' | 'removeNamed'>;
  readonly options: ResolvedSessionOptions;
  readonly breaker?: SessionBreaker;
}

/** All sessions behind the prefix, whoever wrote them: found by SCAN, so nothing here is for a request path. */
export class AllSessions {
  readonly #commands: SessionCommands;

  constructor(private readonly parts: AllSessionsParts) {
    this.#commands = new SessionCommands(parts.client, parts.options);
  }

  /**
   * What stands behind the prefix of every session, each once, also of those that other programs
   * wrote: the ids, or with `hashIds` what Redis has in their place.
   */
  async ids(): Promise<string[]> {
    const all = new Set<string>();
    for await (const chunk of this.#chunks()) chunk.forEach((name) => all.add(name));
    return [...all];
  }

  /** All sessions; corrupt entries are left out and published as events. */
  async all(): Promise<Map<string, SessionRecord>> {
    const { sessions } = this.parts;
    const found = new Map<string, SessionRecord>();
    for await (const chunk of this.#chunks()) {
      const looked = await Promise.all(chunk.map((name) => sessions.lookUpNamed(name)));
      looked.forEach((one, index) => one.kind === 'found' && found.set(chunk[index]!, one.record));
    }
    return found;
  }

  /** Ends all sessions of which `isMeant` is true, also those that no index knows. Reads every session. */
  async removeWhere(isMeant: (record: SessionRecord) => boolean, end: SessionEnd): Promise<number> {
    const { sessions } = this.parts;
    let removed = 0;
    for await (const chunk of this.#chunks()) {
      const results = await Promise.all(
        chunk.map(async (name) => {
          const found = await sessions.readNamed(name);
          return found.kind === 'found' && isMeant(found.record) && sessions.removeNamed(name, end);
        }),
      );
      removed += results.filter(Boolean).length;
    }
    return removed;
  }

  /** Ends all sessions: one command per key, since in a Cluster their slots differ. */
  async clear(): Promise<void> {
    for await (const chunk of this.#chunks()) {
      await Promise.all(chunk.map((name) => this.#step('end', () => this.#commands.unlink(name))));
    }
  }

  async *#chunks(): AsyncGenerator<string[]> {
    const scan = sessionIds(this.parts.client(), this.parts.options.prefix);
    for (;;) {
      const next = await this.#step('list', () => scan.next());
      if (next.done) return;
      yield next.value;
    }
  }

  #step<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const { options, breaker } = this.parts;
    return new Deadline(operation, options.deadlineMs, breaker).step(work);
  }
}
