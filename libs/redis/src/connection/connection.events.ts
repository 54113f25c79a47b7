import { EventChannel } from '../diagnostics/channels.js';
import type { BreakerState } from './circuit-breaker.js';
import type { ClientRole } from './redis-client.js';
import type { BreakerUse } from './watched-breakers.js';

/** A client lost its server, or has it again. */
export interface ConnectionStatusEvent {
  /** Name of the connection, such as `default`. */
  readonly connection: string;
  readonly role: ClientRole;
  readonly status: 'ready' | 'lost';
  /** Why it was lost. */
  readonly error?: Error;
}

export interface BreakerEvent {
  readonly connection: string;
  readonly use: BreakerUse;
  readonly state: BreakerState;
}

/** An embedded server ended by itself, runs again (empty, unless it has a folder), or is given up. */
export interface EmbeddedServerEvent {
  readonly connection: string;
  readonly status: 'ended' | 'restarted' | 'given-up';
  /** Why, with the server's last words. */
  readonly error?: Error;
}

/** `refused`: an error reply; `late`: no answer by the deadline; `failed`: the way to Redis broke. */
export type OperationOutcome = 'answered' | 'refused' | 'late' | 'failed';

/** One operation of the cache or of sessions on Redis ended: one command, or several sent together. */
export interface RedisOperationEvent {
  readonly role: ClientRole;
  /** Command (`GET`), script (`load-or-lease-2`) or what a session did (`read`). */
  readonly operation: string;
  readonly ms: number;
  readonly outcome: OperationOutcome;
}

export const connectionStatus = new EventChannel<ConnectionStatusEvent>(
  'nestjs-redis-kit:connection:status',
);
export const breakerChanged = new EventChannel<BreakerEvent>('nestjs-redis-kit:connection:breaker');
export const embeddedServerChanged = new EventChannel<EmbeddedServerEvent>(
  'nestjs-redis-kit:connection:embedded',
);
export const redisOperation = new EventChannel<RedisOperationEvent>(
  'nestjs-redis-kit:connection:operation',
);
