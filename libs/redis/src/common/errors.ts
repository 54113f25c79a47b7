import { isNativeError } from 'node:util/types';

/** Codes of every error this package throws. A caller branches on the code, never on the message. */
export type RedisKitErrorCode =
  | 'CACHE_BACKLOG_FULL'
  | 'CACHE_ENTRY_UNREADABLE'
  | 'CACHE_KEY_INVALID'
  | 'CACHE_SOURCE_TIMEOUT'
  | 'CACHE_VALUE_TOO_LARGE'
  | 'CACHE_VALUE_UNSUPPORTED'
  | 'CONFIGURATION_INVALID'
  | 'CONNECTION_NOT_FOUND'
  | 'CSRF_REFUSED'
  | 'EMBEDDED_REDIS_FAILED'
  | 'EMBEDDED_REDIS_NOT_FOUND'
  | 'HANDSHAKE_REFUSED'
  | 'LEADERBOARD_ARCHIVE_EXISTS'
  | 'LEADERBOARD_INPUT_INVALID'
  | 'LEADERBOARD_SCORE_OUT_OF_RANGE'
  | 'LOAD_TIMEOUT'
  | 'MESSAGE_CHANNEL_INVALID'
  | 'MESSAGE_UNSUPPORTED'
  | 'REDIS_DEADLINE_EXCEEDED'
  | 'REDIS_UNAVAILABLE'
  | 'SESSIONS_NOT_CONFIGURED'
  | 'SESSION_ENDED'
  | 'SESSION_LIMIT_REACHED'
  | 'SESSION_NOT_MOUNTED'
  | 'SESSION_SOCKET_UNKNOWN'
  | 'SESSION_STORE_UNAVAILABLE'
  | 'SESSION_TOO_LARGE'
  | 'SESSION_UNDELIVERABLE'
  | 'SESSION_VALUE_UNSUPPORTED'
  | 'STREAM_FULL'
  | 'STRUCTURE_NOT_FOUND';

/**
 * Base class of every error of this package. The message names the thing, the value and the next
 * step; `cause` holds the error below it where there is one.
 */
export class RedisKitError extends Error {
  override readonly name: string = 'RedisKitError';

  constructor(
    readonly code: RedisKitErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An option that cannot work. Thrown when the module is built, never during a request. */
export class ConfigurationError extends RedisKitError {
  override readonly name = 'ConfigurationError';

  /**
   * @param option path of the option, such as `cache.ttl`
   * @param value what was given; shown in the message, so never pass a secret
   * @param remedy what to write instead
   */
  constructor(
    readonly option: string,
    value: unknown,
    remedy: string,
  ) {
    super('CONFIGURATION_INVALID', `Option \`${option}\` is ${describeValue(value)}. ${remedy}`);
  }
}

/** True for an error of any realm; `instanceof` misses those of Node itself in a VM context (Jest). */
export function isError(value: unknown): value is NodeJS.ErrnoException {
  return isNativeError(value) || value instanceof Error;
}

/** What was thrown, as an error; anything can be thrown. */
export function asError(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(`Not an error was thrown: ${String(thrown)}`);
}

/** A value as it stands in a message; never the inside of an object. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null)
    return `an object of ${value.constructor?.name ?? 'no class'}`;
  return `${value as number | boolean | bigint}`;
}
