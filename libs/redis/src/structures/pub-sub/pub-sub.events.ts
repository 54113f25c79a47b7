import { EventChannel } from '../../diagnostics/channels.js';

interface ChannelEvent {
  /** Name of the channel without the prefix, or the pattern that handlers listen to. Has few values only if yours have. */
  readonly channel: string;
}

export interface PubSubPublishEvent extends ChannelEvent {
  readonly bytes: number;
  /** Connections that the message went to; on a Cluster, those of one node. */
  readonly receivers: number;
}

export interface PubSubReceiveEvent extends ChannelEvent {
  readonly bytes: number;
}

/** A message did not reach a handler. */
export interface PubSubDropEvent extends ChannelEvent {
  /** `full`: the handler is too slow; `unreadable`: no JSON, or `parse` refused it. */
  readonly reason: 'full' | 'unreadable';
  /** Drops of this subscription so far. */
  readonly dropped: number;
}

export interface PubSubFailEvent extends ChannelEvent {
  readonly error: Error;
}

/** The application listens (again). What was published in between is lost. */
export interface PubSubListenEvent {
  readonly channels: number;
  readonly patterns: number;
  /** False for the first time. */
  readonly isAgain: boolean;
  /** How long nothing was heard, in milliseconds; 0 for the first time. */
  readonly deafMs: number;
}

export const pubSubPublish = new EventChannel<PubSubPublishEvent>(
  'nestjs-redis-kit:pubsub:publish',
);
export const pubSubReceive = new EventChannel<PubSubReceiveEvent>(
  'nestjs-redis-kit:pubsub:receive',
);
export const pubSubDrop = new EventChannel<PubSubDropEvent>('nestjs-redis-kit:pubsub:drop');
export const pubSubFail = new EventChannel<PubSubFailEvent>('nestjs-redis-kit:pubsub:fail');
export const pubSubListen = new EventChannel<PubSubListenEvent>('nestjs-redis-kit:pubsub:listen');
