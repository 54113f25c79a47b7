import type { EventEmitter } from 'node:events';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { ClientRole } from './redis-client.js';

/** Longest time in milliseconds that a command of the role may take; a command past it is rejected. */
export interface RoleLimits {
  readonly commandTimeoutMs: number;
}

/**
 * Longest time in milliseconds that a socket may take to close by itself. A client that is closed between two
 * connections waits for all of it, and its process with it.
 */
const DISCONNECT_LIMIT_MS = 300;

/**
 * Longest time in milliseconds that a Sentinel may take to answer; then the next one is asked. Without it, one
 * frozen Sentinel keeps a client from its primary for as long as it stays frozen.
 */
const SENTINEL_LIMIT_MS = 500;

/**
 * ioredis options by role. Measured on killed and frozen primaries:
 * - `socketTimeout` is what notices a frozen server; without it a client waits for ever.
 * - `commandTimeout` rejects but does not cancel: a command in the offline queue is still sent later,
 *   over a newer value. So the cache has no offline queue.
 * - re-sending runs a command twice when only its reply was lost. The cache does not re-send, nor do the
 *   structures, whose increments would count twice; the session scripts are safe to repeat.
 */
export function redisPreset(role: ClientRole, limits: RoleLimits): RedisOptions {
  return {
    disconnectTimeout: DISCONNECT_LIMIT_MS,
    sentinelCommandTimeout: SENTINEL_LIMIT_MS,
    ...(role !== 'general' && { reconnectOnError: leaveReplica() }),
    ...presetOf(role, limits),
  };
}

function presetOf(role: ClientRole, { commandTimeoutMs }: RoleLimits): RedisOptions {
  switch (role) {
    case 'general':
      // The application's own commands may block (BLPOP), so nothing cuts them short.
      return { retryStrategy: backOff(1000) };
    case 'cache':
    case 'worker':
    case 'structures':
      return {
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs,
        socketTimeout: Math.max(1000, commandTimeoutMs),
        connectTimeout: 1000,
        retryStrategy: backOff(500),
      };
    case 'replicas':
      // What it is asked is about the server it is connected to, so nothing is sent to another one.
      return {
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 1,
        commandTimeout: commandTimeoutMs,
        socketTimeout: commandTimeoutMs,
        connectTimeout: 1000,
        retryStrategy: backOff(500),
        failoverDetector: true,
      };
    case 'session':
      return {
        enableOfflineQueue: true,
        maxRetriesPerRequest: null,
        commandTimeout: commandTimeoutMs,
        socketTimeout: 1000,
        connectTimeout: 1000,
        retryStrategy: backOff(500),
        failoverDetector: true,
      };
    case 'subscriber':
    case 'messages':
      // RESP2: a RESP3 subscriber of ioredis 6 loses invalidation pushes.
      return {
        protocol: 2,
        enableOfflineQueue: true,
        maxRetriesPerRequest: null,
        commandTimeout: commandTimeoutMs,
        connectTimeout: 1000,
        autoResubscribe: false,
        retryStrategy: backOff(500),
        failoverDetector: true,
      };
  }
}

/** Milliseconds between two connections that are given up for a refused write. */
const LEAVE_EVERY_MS = 1000;

/**
 * Connects anew when a write was refused with READONLY: the server has become a replica, and the name by which it
 * was found stands for another one by now, as the endpoints of managed services do after a failover. Inside a
 * script the word stands in the middle of the message before Redis 7.
 */
function leaveReplica(): (error: Error) => boolean {
  let leftAt = -Infinity;
  return ({ message }) => {
    if (!/\bREADONLY\b/.test(message) || performance.now() - leftAt < LEAVE_EVERY_MS) return false;
    leftAt = performance.now();
    return true;
  };
}

/** Cluster takes queueing and topology settings at the top, per-socket settings under `redisOptions`. */
export function clusterPreset(role: ClientRole, limits: RoleLimits): ClusterOptions {
  const preset = redisPreset(role, limits);
  const { commandTimeout, socketTimeout, connectTimeout, disconnectTimeout, protocol } = preset;
  const { autoResendUnfulfilledCommands } = preset;
  return {
    enableOfflineQueue: preset.enableOfflineQueue ?? true,
    slotsRefreshInterval: 2000,
    clusterRetryStrategy: tellAndRetry,
    ...clusterRetries(role),
    redisOptions: {
      commandTimeout,
      socketTimeout,
      connectTimeout,
      disconnectTimeout,
      ...(autoResendUnfulfilledCommands === false && { autoResendUnfulfilledCommands }),
      ...(protocol && { protocol }),
    },
  };
}

/**
 * A Cluster client sends a command again whose connection closed before the reply, whatever
 * `autoResendUnfulfilledCommands` says. Which of them may be is in send-once.ts.
 */
function clusterRetries(role: ClientRole): ClusterOptions {
  const isQuick = role === 'cache' || role === 'structures';
  const delayMs = isQuick ? 50 : 200;
  return {
    retryDelayOnFailover: delayMs,
    retryDelayOnClusterDown: delayMs,
    maxRedirections: isQuick ? 3 : 16,
  };
}

const clusterBackOff = backOff(500);

/** A Cluster client has no `error` where the names of its nodes cannot be resolved; it tells of that only here. */
function tellAndRetry(this: unknown, attempt: number, reason?: Error): number {
  const client = this as EventEmitter;
  if (reason && client.listenerCount('error') > 0) client.emit('error', reason);
  return clusterBackOff(attempt);
}

/** 50, 100, 200 … up to the ceiling, with jitter so that many nodes do not come back in step. */
function backOff(ceilingMs: number): (attempt: number) => number {
  return (attempt) => Math.min(25 * 2 ** Math.min(attempt, 10), ceilingMs) + Math.random() * 50;
}
