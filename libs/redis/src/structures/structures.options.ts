import { parseDuration, type Duration } from '../common/duration.js';
import { ConfigurationError } from '../common/errors.js';

/** `RedisModule.forRoot({ structures })`: what leaderboards, pub/sub and streams share. */
export interface StructuresOptions {
  /** Name of the connection. Default `default`. */
  readonly connection?: string;
  /**
   * Stands before every key and every channel. Default `app:`. Two applications on one Redis that must not
   * hear each other need two prefixes: channels know no database numbers.
   */
  readonly prefix?: string;
  /** Longest time that a call may take before it rejects with `REDIS_DEADLINE_EXCEEDED`. Default 1 second. */
  readonly deadline?: Duration;
}

export interface ResolvedStructuresOptions {
  readonly connection: string;
  readonly prefix: string;
  readonly deadlineMs: number;
}

/** @throws ConfigurationError */
export function resolveStructuresOptions({
  connection = 'default',
  prefix = 'app:',
  deadline = '1s',
}: StructuresOptions = {}): ResolvedStructuresOptions {
  // Braces would move every key to one slot, and glob characters would make a pattern of every channel.
  if (typeof prefix !== 'string' || !/^[\w:.\-/]{1,64}$/.test(prefix)) {
    throw new ConfigurationError(
      'structures.prefix',
      prefix,
      'Give 1 to 64 letters, digits or : . _ - /, such as `shop:`.',
    );
  }
  return { connection, prefix, deadlineMs: parseDuration(deadline, 'structures.deadline') };
}

/**
 * Checks the name of a leaderboard or stream.
 *
 * @param option where it stands, such as `leaderboards`
 * @throws ConfigurationError
 */
export function checkStructureName(option: string, name: unknown): string {
  if (typeof name === 'string' && /^[\w.-]{1,64}$/.test(name)) return name;
  throw new ConfigurationError(option, name, 'Name it by 1 to 64 letters, digits or . _ -.');
}
