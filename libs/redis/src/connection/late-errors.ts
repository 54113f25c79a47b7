import type { Redis } from 'ioredis';
import { onInnerClients } from './inner-clients.js';
import { isCluster, type RedisClient } from './redis-client.js';

/**
 * Keeps a second error of one socket from ending the process. ioredis listens for one error per socket;
 * a socket over TLS can have two: its handshake fails, and the server answers the end of it with an
 * alert (RFC 8446 section 6.2). The first is reported as ever; of the second there is nothing to learn.
 */
export function absorbLateErrors(client: RedisClient): void {
  if (!isCluster(client)) watch(client);
  onInnerClients(client, watch);
}

function watch(client: Redis): void {
  client.on('error', () => {
    // Errors that are none of the socket come here too, however often.
    if (!client.stream?.listeners('error').includes(ignore)) client.stream?.on('error', ignore);
  });
}

function ignore(): void {
  // There is nothing to do.
}
