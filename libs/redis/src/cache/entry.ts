import { RedisKitError } from '../common/errors.js';

/**
 * The version of a tag or of a whole cache that an entry belongs to. Generations are random text,
 * compared for equality only: no clock has to agree, and a lost one can never match again.
 */
export interface Generation {
  /** `tag:<tag>` or `cache:<name>`. */
  readonly name: string;
  readonly value: string;
}

/** A cached value with what is needed to judge it. Times are milliseconds since the Unix epoch. */
export interface Entry<T> {
  readonly value: T;
  /** Taken before the load began: a value is as old as the data it was made of. */
  readonly createdAt: number;
  /** Fresh until here. */
  readonly freshUntil: number;
  /** Kept until here at most; from `freshUntil` on it is stale. */
  readonly expiresAt: number;
  /**
   * A read makes it fresh for this long again, in milliseconds. Only where the life of an entry is counted
   * from its last access.
   */
  readonly slidingTtlMs?: number;
  /** Seen before the load began. The entry counts only while every one of them is still current. */
  readonly generations: readonly Generation[];
  /** Size of the value in bytes as its codec writes it. */
  readonly bytes: number;
}

/** Every entry of a cache carries this generation, so that `clear` is one command. */
export function cacheGeneration(cache: string): string {
  return `cache:${cache}`;
}

export function tagGeneration(tag: string): string {
  if (typeof tag === 'string' && tag !== '' && tag.length <= 500) return `tag:${tag}`;
  throw new RedisKitError(
    'CACHE_KEY_INVALID',
    `A tag is ${JSON.stringify(tag)}. Give text of 1 to 500 characters.`,
  );
}

/** The generation of all HTTP answers of one path. Of these there may be very many, so each lives hardly longer than its entries. */
export function pathGeneration(path: string): string {
  return `${PATH}${path}`;
}

export function isPathGeneration(name: string): boolean {
  return name.startsWith(PATH);
}

const PATH = 'path:';

/** What becomes of an entry, apart from its value. */
export interface EntryFrame {
  readonly createdAt: number;
  readonly ttlMs: number;
  /** How long it is kept past its TTL. */
  readonly graceMs: number;
  readonly generations: readonly Generation[];
}

/** The clock of this process may be this far from that of Redis. */
const BIRTH_TOLERANCE_MS = 1000;

/**
 * True when a generation was there before the given time for certain. An invalidation replaces it, so
 * one that is old and current was not invalidated since.
 */
export function isOlderThan(generation: string | undefined, time: number): boolean {
  const bornAt = Number(generation?.split('.')[1] ?? Number.NaN);
  return bornAt < time - BIRTH_TOLERANCE_MS;
}

/** Stands for a generation that Redis did not tell. It never matches, so the entry counts only while Redis is down. */
const UNKNOWN = '';

/** The generations that an entry will carry. */
export function generationsOf(
  names: readonly string[],
  current: ReadonlyMap<string, string> | undefined,
): Generation[] {
  return names.map((name) => ({ name, value: current?.get(name) ?? UNKNOWN }));
}

/** False for an entry that nobody could ever use, were it stored in Redis. */
export function isStorable(entry: Pick<Entry<unknown>, 'generations'>): boolean {
  return entry.generations.every(({ value }) => value !== UNKNOWN);
}

/** True when the entry's generations all equal the current ones; a missing one never does. */
export function isCurrent(
  entry: Pick<Entry<unknown>, 'generations'>,
  current: ReadonlyMap<string, string>,
): boolean {
  return entry.generations.every(({ name, value }) => current.get(name) === value);
}

/** True for an entry that is outdated because the other one is: a generation that ended never comes back. */
export function haveSameGenerations(
  a: Pick<Entry<unknown>, 'generations'>,
  b: Pick<Entry<unknown>, 'generations'>,
): boolean {
  return isCurrent(a, new Map(b.generations.map(({ name, value }) => [name, value])));
}
