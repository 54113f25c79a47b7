import { EventChannel } from '../../diagnostics/channels.js';

interface StreamEvent {
  readonly stream: string;
}

interface GroupEvent extends StreamEvent {
  readonly group: string;
}

export interface StreamPublishEvent extends StreamEvent {
  readonly id: string;
  readonly bytes: number;
}

/** A message was given to a handler. */
export interface StreamReceiveEvent extends GroupEvent {
  readonly id: string;
  /** 1 for the first time. */
  readonly deliveries: number;
}

/** A handler is done with a message, and Redis knows. */
export interface StreamSettleEvent extends GroupEvent {
  readonly id: string;
  readonly durationMs: number;
}

export interface StreamFailEvent extends GroupEvent {
  readonly id: string;
  readonly deliveries: number;
  readonly error: Error;
}

export interface StreamDeadLetterEvent extends GroupEvent {
  readonly id: string;
}

/** A message was refused because too many wait. */
export type StreamFullEvent = StreamEvent;

/** A consumer could not reach Redis; it tries again. */
export interface StreamErrorEvent extends GroupEvent {
  readonly error: Error;
}

export const streamPublish = new EventChannel<StreamPublishEvent>(
  'nestjs-redis-kit:stream:publish',
);
export const streamReceive = new EventChannel<StreamReceiveEvent>(
  'nestjs-redis-kit:stream:receive',
);
export const streamRedeliver = new EventChannel<StreamReceiveEvent>(
  'nestjs-redis-kit:stream:redeliver',
);
export const streamSettle = new EventChannel<StreamSettleEvent>('nestjs-redis-kit:stream:settle');
export const streamFail = new EventChannel<StreamFailEvent>('nestjs-redis-kit:stream:fail');
export const streamDeadLetter = new EventChannel<StreamDeadLetterEvent>(
  'nestjs-redis-kit:stream:dead-letter',
);
export const streamFull = new EventChannel<StreamFullEvent>('nestjs-redis-kit:stream:full');
export const streamError = new EventChannel<StreamErrorEvent>('nestjs-redis-kit:stream:error');
