import { EventChannel } from '../../diagnostics/channels.js';

/** One write to the source behind a cache. */
export interface SourceWriteEvent {
  readonly cache: string;
  /** Keys written. */
  readonly keys: number;
  /** Changes they stand for: the difference was coalesced. */
  readonly changes: number;
  readonly durationMs: number;
}

/** Changes that the source did not take and that are tried again. */
export interface SourceRetryEvent {
  readonly cache: string;
  readonly keys: number;
  /** True when the source is down; false when it refused these changes. */
  readonly isOutage: boolean;
  readonly error: Error;
}

/** A change that was given up after its last try. */
export interface DeadLetterEvent {
  readonly cache: string;
  readonly key: string;
  readonly version: number;
  readonly attempts: number;
  readonly error: Error;
}

/** A change that was refused because too many wait already. */
export interface BacklogFullEvent {
  readonly cache: string;
  readonly key: string;
}

export const sourceWrite = new EventChannel<SourceWriteEvent>(
  'nestjs-redis-kit:cache:source-write',
);
export const sourceRetry = new EventChannel<SourceRetryEvent>(
  'nestjs-redis-kit:cache:source-retry',
);
export const deadLetter = new EventChannel<DeadLetterEvent>('nestjs-redis-kit:cache:dead-letter');
export const backlogFull = new EventChannel<BacklogFullEvent>(
  'nestjs-redis-kit:cache:backlog-full',
);
