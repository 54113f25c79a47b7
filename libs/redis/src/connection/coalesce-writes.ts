// Not the global one, which fake timers of tests replace: no command would ever go out.
import { setImmediate } from 'node:timers';
import type { Redis } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.js';

/**
 * Sends what a client is given during one turn of the event loop by one system call: the commands of all
 * the requests that arrived together. ioredis makes one call per command, half of what a small read costs
 * where 16 are under way. A command waits for the rest of the turn, during which nothing could be read.
 */
export function coalesceWrites(client: RedisClient): void {
  if (!isCluster(client)) return watch(client);
  client.nodes().forEach(watch);
  client.on('+node', watch);
}

function watch(client: Redis): void {
  client.on('connect', () => cork(client.stream));
}

/** By `cork`, since an end or a loss of the connection then finds what is waiting. */
function cork(stream: Redis['stream']): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let isWaiting = false;
  const flush = (): void => {
    isWaiting = false;
    stream.uncork();
  };
  stream.write = (...args: unknown[]) => {
    if (!isWaiting) {
      isWaiting = true;
      stream.cork();
      setImmediate(flush);
    }
    return write(...args);
  };
}
