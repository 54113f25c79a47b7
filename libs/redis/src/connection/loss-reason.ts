import { isError } from '../common/errors.js';
import { onInnerClients } from './inner-clients.js';
import type { RedisClient } from './redis-client.js';

/** What ioredis says when it has asked all servers in vain. */
const SUMMARY = /^(All sentinels are unreachable|Failed to refresh slots cache)/;

/** Finds out why a client has no server: of several servers, ioredis says only that none could be reached. */
export class LossReason {
  #last: Error | undefined;

  constructor(client: RedisClient) {
    onInnerClients(client, (inner) => {
      inner.on('error', (error) => (this.#last = error));
    });
    client.on('ready', () => (this.#last = undefined));
  }

  /** The error itself, or where it only sums up, one with the reason in its message and as its `cause`. */
  of(error: Error): Error {
    const [summary] = SUMMARY.exec(error.message) ?? [];
    const cause = this.#last ?? lastOf(error);
    if (summary === undefined || !cause) return error;
    return new Error(`${summary}: ${cause.message || cause.name}`, { cause });
  }
}

/** `ClusterAllFailedError` of ioredis. */
function lastOf(error: Error): Error | undefined {
  const { lastNodeError } = error as { readonly lastNodeError?: unknown };
  return isError(lastNodeError) ? lastNodeError : undefined;
}
