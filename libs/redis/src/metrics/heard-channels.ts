import { EventChannel } from '../diagnostics/channels.js';

/**
 * What metrics listen to: the channels by name, and of their events what is counted. A module that counts others
 * depends on none of them; heard-channels.spec.ts holds names and types against the real ones.
 */
const channel = <Event extends object>(name: string): EventChannel<Event> =>
  new EventChannel<Event>(`nestjs-redis-kit:${name}`);

interface OfCache {
  readonly cache: string;
}
interface OfStream {
  readonly stream: string;
}
interface OfSession {
  readonly handle: string;
}

/** One operation on Redis that ended. */
export interface HeardOperation {
  readonly role: string;
  readonly operation: string;
  readonly ms: number;
  readonly outcome: string;
}

/** One run of a loader that ended. */
export interface HeardLoad extends OfCache {
  readonly outcome: 'loaded' | 'failed';
  readonly ms: number;
}

export const heard = {
  operation: channel<HeardOperation>('connection:operation'),
  status: channel<{ connection: string; role: string; status: string }>('connection:status'),
  embedded: channel<{ connection: string; status: string }>('connection:embedded'),
  breaker: channel<{ connection: string; use: string; state: string }>('connection:breaker'),
  hit: channel<OfCache & { readonly tier: string }>('cache:hit'),
  miss: channel<OfCache>('cache:miss'),
  stale: channel<OfCache & { readonly reason: string }>('cache:stale'),
  collapse: channel<OfCache>('cache:collapse'),
  load: channel<HeardLoad>('cache:load'),
  store: channel<OfCache & { readonly ttlMs: number }>('cache:store'),
  transfer: channel<OfCache & { readonly direction: string; readonly bytes: number }>(
    'cache:transfer',
  ),
  evict: channel<OfCache>('cache:evict'),
  error: channel<OfCache & { readonly operation: string }>('cache:error'),
  invalidate: channel<{ readonly kind: string; readonly names: readonly string[] }>(
    'cache:invalidate',
  ),
  sourceWrite: channel<OfCache & { readonly changes: number; readonly durationMs: number }>(
    'cache:source-write',
  ),
  sourceRetry: channel<OfCache & { readonly keys: number; readonly isOutage: boolean }>(
    'cache:source-retry',
  ),
  deadLetter: channel<OfCache>('cache:dead-letter'),
  backlogFull: channel<OfCache>('cache:backlog-full'),
  loaded: channel<OfSession>('session:loaded'),
  saved: channel<OfSession & { readonly isNew: boolean; readonly bytes: number }>('session:saved'),
  conflict: channel<OfSession>('session:conflict'),
  renewed: channel<OfSession>('session:renewed'),
  refused: channel<OfSession>('session:refused'),
  tooLarge: channel<OfSession>('session:too-large'),
  limit: channel<{ readonly max: number }>('session:limit'),
  csrfRefused: channel<{ readonly reason: string }>('session:csrf-refused'),
  large: channel<OfSession>('session:large'),
  corrupt: channel<OfSession>('session:corrupt'),
  unavailable: channel<{ readonly operation: string }>('session:unavailable'),
  created: channel<OfSession>('session:created'),
  regenerated: channel<OfSession>('session:regenerated'),
  destroyed: channel<OfSession>('session:destroyed'),
  expired: channel<OfSession>('session:expired'),
  revoked: channel<OfSession>('session:revoked'),
  risk: channel<OfSession & { readonly sign: string }>('session:risk'),
  messagePublished: channel<object>('pubsub:publish'),
  messageReceived: channel<object>('pubsub:receive'),
  messageDropped: channel<{ readonly reason: string }>('pubsub:drop'),
  messageFailed: channel<object>('pubsub:fail'),
  listening: channel<{ readonly isAgain: boolean }>('pubsub:listen'),
  streamPublished: channel<OfStream>('stream:publish'),
  streamReceived: channel<OfStream>('stream:receive'),
  streamRedelivered: channel<OfStream>('stream:redeliver'),
  streamSettled: channel<OfStream & { readonly durationMs: number }>('stream:settle'),
  streamFailed: channel<OfStream>('stream:fail'),
  streamBuried: channel<OfStream>('stream:dead-letter'),
  streamFull: channel<OfStream>('stream:full'),
  streamError: channel<OfStream>('stream:error'),
  leaderboard: channel<{ readonly operation: string; readonly outcome: string }>(
    'leaderboard:change',
  ),
} as const;
