import type { CacheKeySpace } from '../../common/key-space.js';
import { randomText } from '../../common/random-text.js';
import { isCluster, type RedisClient } from '../../connection/redis-client.js';
import { isCurrent, isPathGeneration, type Generation } from '../entry.js';
import type { Gate } from '../gate.js';
import type { InvalidationListener } from '../invalidation/invalidation-bus.js';
import type { Invalidation } from '../invalidation/invalidation-message.js';
import { ReadFence } from '../invalidation/read-fence.js';
import { ensureGeneration } from '../scripts/ensure-generation-1.js';
import { KnownGenerations } from './known-generations.js';

/** Shortest life of a generation in Redis; it is twice the entry's where that is more. */
const SHORTEST_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
const SHORTEST_PATH_LIFE_MS = 10 * 60 * 1000;

export type Verdict = 'current' | 'outdated' | 'unknown';

type Ask = (client: RedisClient, names: readonly string[]) => Promise<readonly (string | null)[]>;

export interface GenerationsOptions {
  readonly gate: Gate;
  readonly keys: CacheKeySpace;
  /** What counts here instead while Redis does not know of an invalidation. */
  readonly local: (name: string) => string | undefined;
  /** True while `local` has an answer for any name. */
  readonly hasLocal: () => boolean;
  /** False while invalidations may be missed; what is known here then does not count. */
  readonly mayTrustMemory: () => boolean;
}

/**
 * The current generation of each tag and cache. Invalidating removes it; whoever loads next makes a
 * new random one. So a generation that Redis evicted is a miss and never brings old entries back.
 */
export class Generations implements InvalidationListener {
  readonly #options: GenerationsOptions;
  readonly #known = new KnownGenerations();
  readonly #fence = new ReadFence();

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  /** The generation as known in this process; undefined when Redis must be asked. */
  known(name: string, now = performance.now()): string | undefined {
    const { local, mayTrustMemory } = this.#options;
    return local(name) ?? (mayTrustMemory() ? this.#known.get(name, now) : undefined);
  }

  /** Those of all names, where none of them has to be asked for: it takes no promise. */
  knownAll(names: readonly string[]): Map<string, string> | undefined {
    const result = new Map<string, string>();
    const now = performance.now();
    for (const name of names) {
      const value = this.known(name, now);
      if (value === undefined) return undefined;
      result.set(name, value);
    }
    return result;
  }

  /** Whether an entry that carries them counts, going by this process alone. `unknown`: Redis must be asked. */
  verdict(carried: readonly Generation[]): Verdict {
    const { hasLocal, mayTrustMemory } = this.#options;
    if (mayTrustMemory() && !hasLocal() && this.#known.includes(carried)) return 'current';
    let verdict: Verdict = 'current';
    const now = performance.now();
    for (const one of carried) {
      const known = this.known(one.name, now);
      if (known === undefined) verdict = 'unknown';
      if (known === undefined ? this.#known.wasInvalidated(one) : known !== one.value)
        return 'outdated';
    }
    return verdict;
  }

  /** As `verdict`, where Redis is asked for what is not known here. @throws when it does not answer */
  async judge(carried: readonly Generation[]): Promise<'current' | 'outdated'> {
    const now = performance.now();
    if (carried.some((one) => this.#known.hasEnded(one, now))) return 'outdated';
    const asked = carried.filter(({ name }) => this.known(name, now) === undefined);
    const current = await this.current(carried.map(({ name }) => name));
    for (const one of asked) if (current.get(one.name) !== one.value) this.#known.end(one);
    return isCurrent({ generations: carried }, current) ? 'current' : 'outdated';
  }

  /**
   * Forgets what is known here where an entry in Redis disagrees: a generation that Redis evicted has
   * another value since, and nobody was told.
   */
  doubt(generations: readonly Generation[]): void {
    const now = performance.now();
    for (const one of generations) {
      const isDoubtful = this.#known.get(one.name, now) !== one.value;
      if (isDoubtful && !this.#known.hasEnded(one, now)) this.#known.delete(one.name);
    }
  }

  /** Current generations; a name without one is missing from the result. */
  current(names: readonly string[]): Promise<Map<string, string>> {
    return this.#resolve(names, 'MGET', (client, asked) => this.#read(client, asked));
  }

  /** Current generations; a name without one gets one. @param entryTtlMs life of the entry that will carry them */
  ensure(names: readonly string[], entryTtlMs: number): Promise<Map<string, string>> {
    return this.#resolve(names, ensureGeneration.name, (client, asked) =>
      this.#ensure(client, asked, entryTtlMs),
    );
  }

  /** Keeps generations alive for an entry that turned out to live longer than was thought. */
  async prolong(names: readonly string[], entryTtlMs: number): Promise<void> {
    const { gate } = this.#options;
    await gate.run((client) => this.#ensure(client, names, entryTtlMs), ensureGeneration.name);
  }

  /**
   * Makes every entry that carries one of the names a miss. One command, on Cluster one per name.
   */
  async remove(names: readonly string[]): Promise<void> {
    const { gate, keys } = this.#options;
    const redisKeys = names.map((name) => keys.generation(name));
    await gate.run<unknown>((client) => {
      if (!isCluster(client)) return client.unlink(...redisKeys);
      return Promise.all(redisKeys.map((key) => client.unlink(key)));
    }, 'UNLINK');
  }

  invalidated(invalidation: Invalidation): void {
    if (invalidation.kind !== 'generations') return;
    for (const name of invalidation.names) {
      this.#known.invalidate(name);
      this.#fence.break(name);
    }
  }

  reset(): void {
    this.#known.clear();
    this.#fence.breakAll();
  }

  async #resolve(
    names: readonly string[],
    operation: string,
    ask: Ask,
  ): Promise<Map<string, string>> {
    const result = new Map<string, string>();
    const asked: string[] = [];
    const now = performance.now();
    for (const name of names) {
      const value = this.known(name, now);
      if (value === undefined) asked.push(name);
      else result.set(name, value);
    }
    if (asked.length > 0) await this.#ask(asked, { operation, ask, result });
    return result;
  }

  async #ask(
    names: readonly string[],
    {
      operation,
      ask,
      result,
    }: {
      readonly operation: string;
      readonly ask: Ask;
      readonly result: Map<string, string>;
    },
  ): Promise<void> {
    const reads = names.map((name) => ({ name, read: this.#fence.begin(name) }));
    try {
      const values = await this.#options.gate.run((client) => ask(client, names), operation);
      for (const [index, { name, read }] of reads.entries()) {
        const value = values[index];
        if (value === null || value === undefined) continue;
        result.set(name, value);
        if (read.isIntact) this.#known.set(name, value);
      }
    } finally {
      for (const { name, read } of reads) this.#fence.end(name, read);
    }
  }

  #ensure(client: RedisClient, names: readonly string[], entryTtlMs: number): Promise<string[]> {
    return Promise.all(
      names.map(async (name) => {
        const shortestMs = isPathGeneration(name) ? SHORTEST_PATH_LIFE_MS : SHORTEST_LIFE_MS;
        const lifeMs = Math.max(shortestMs, 2 * entryTtlMs);
        const keys = [this.#options.keys.generation(name)];
        return String(await ensureGeneration.run(client, keys, [newValue(), lifeMs]));
      }),
    );
  }

  #read(client: RedisClient, names: readonly string[]): Promise<(string | null)[]> {
    const redisKeys = names.map((name) => this.#options.keys.generation(name));
    return isCluster(client)
      ? Promise.all(redisKeys.map((key) => client.get(key)))
      : client.mget(...redisKeys);
  }
}

/** 64 random bits: two that are equal by chance would bring back an invalidated entry. */
function newValue(): string {
  return randomText(8);
}
