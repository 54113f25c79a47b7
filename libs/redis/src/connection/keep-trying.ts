import { isCluster, type RedisClient } from './redis-client.js';

/** Milliseconds until the next attempt. */
const PAUSE_MS = 250;

/**
 * Goes on with a client that ioredis gave up though nobody closed it. It ends for good when it is told to
 * connect anew while it asks the Sentinels for the primary, as by the news of a failover that reaches it late:
 * from then on every command fails with "Connection is closed".
 */
export function keepTrying(client: RedisClient): void {
  if (isCluster(client)) return;
  let last = '';
  for (const status of ['connecting', 'close'] as const) client.on(status, () => (last = status));
  client.on('end', () => {
    // After a `close` it was closed, or a `retryStrategy` of the application wanted no more.
    if (last !== 'connecting' || isClosing(client)) return;
    setTimeout(() => {
      if (client.status === 'end') client.connect().catch(() => undefined);
    }, PAUSE_MS).unref();
  });
}

/** `disconnect()` and `quit()` set it, `disconnect(true)` does not. */
function isClosing(client: RedisClient): boolean {
  return (client as unknown as { readonly manuallyClosing: boolean }).manuallyClosing;
}
