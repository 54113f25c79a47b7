import { Reflector } from '@nestjs/core';

/** Milliseconds since the last login that a handler or a controller allows. */
export const MaxAuthAge = Reflector.createDecorator<number>({
  key: 'nestjs-redis-kit:session:max-auth-age',
});

/**
 * True when the user proved who they are at most that long ago.
 *
 * @param authTime as stored; anything but a number is never recent
 * @param now milliseconds since the Unix epoch
 */
export function isRecentLogin(authTime: unknown, maxAuthAgeMs: number, now: number): boolean {
  return typeof authTime === 'number' && now - authTime <= maxAuthAgeMs;
}
