import { EventChannel } from '../diagnostics/channels.js';
import type { BreakerState } from './circuit-breaker.js';
import type { ClientRole } from './redis-client.js';

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
  readonly state: BreakerState;
}

export const connectionStatus = new EventChannel<ConnectionStatusEvent>(
  'nestjs-redis-kit:connection:status',
);
export const breakerChanged = new EventChannel<BreakerEvent>('nestjs-redis-kit:connection:breaker');
