import { Inject } from '@nestjs/common';

/** Name of the connection given as `connection`. */
export const DEFAULT_CONNECTION = 'default';

/** Injection token of the raw ioredis client of a connection; `Symbol.for`, so that two copies of the package agree. */
export function getRedisToken(name: string = DEFAULT_CONNECTION): symbol {
  return Symbol.for(`nestjs-redis-kit:client:${name}`);
}

/**
 * Injects the raw ioredis client of a connection, for the application's own commands.
 *
 * @param name key in `connections`; default the one of `connection`
 */
export function InjectRedis(
  name: string = DEFAULT_CONNECTION,
): ParameterDecorator & PropertyDecorator {
  return Inject(getRedisToken(name));
}
