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

/** An embedded server ended by itself, runs again (empty, unless it has a folder), or is given up. */
export interface EmbeddedServerEvent {
  readonly connection: string;
  readonly status: 'ended' | 'restarted' | 'given-up';
  /** Why, with the server's last words. */
  readonly error?: Error;
}

export const connectionStatus = new EventChannel<ConnectionStatusEvent>(
  'nestjs-redis-kit:connection:status',
);
export const breakerChanged = new EventChannel<BreakerEvent>('nestjs-redis-kit:connection:breaker');
export const embeddedServerChanged = new EventChannel<EmbeddedServerEvent>(
  'nestjs-redis-kit:connection:embedded',
);
