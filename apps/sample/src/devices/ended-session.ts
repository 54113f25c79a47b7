import type { RevocationReason } from 'nestjs-redis-kit';

/** Why a session ended, for its own page. */
export type EndReason = 'logout' | 'elsewhere' | 'everywhere' | 'expired' | 'limit' | 'closed';

const TEXTS = new Map<unknown, string>([
  ['logout', 'You logged out in another window.'],
  ['elsewhere', 'You were logged out on another device.'],
  ['everywhere', 'You are logged out on all your devices.'],
  ['limit', 'You were logged out: you are logged in on too many devices.'],
  ['expired', 'You are logged out.'],
  ['closed', 'You were logged out: your account was closed.'],
] satisfies readonly (readonly [EndReason, string])[]);

/** Undefined for what is no reason: on the login page it comes from the address. */
export function endText(reason: unknown): string | undefined {
  return TEXTS.get(reason);
}

export function endReason(revoked: RevocationReason | undefined): EndReason {
  switch (revoked) {
    case undefined:
      return 'logout';
    case 'limit':
      return 'limit';
    case 'purge':
      return 'closed';
    case 'handle':
    case 'others':
    case 'all':
      return 'elsewhere';
  }
}
