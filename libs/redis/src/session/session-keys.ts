import type { Redis } from 'ioredis';
import { isCluster, type RedisClient } from '../connection/redis-client.js';

/** How many keys are looked at, read or deleted at a time. */
const CHUNK = 100;

/**
 * All session ids, in chunks, from every master. SCAN ignores ioredis' `keyPrefix`, so it is added to the
 * pattern and taken off the result. A key may come twice.
 */
export async function* sessionIds(client: RedisClient, prefix: string): AsyncGenerator<string[]> {
  const start = (client.options.keyPrefix ?? '') + prefix;
  const pattern = `${escapeGlob(start)}*`;
  for (const node of isCluster(client) ? client.nodes('master') : [client]) {
    yield* scanNode(node, pattern, start.length);
  }
}

async function* scanNode(
  node: Redis,
  pattern: string,
  skip: number,
): AsyncGenerator<string[], void, void> {
  let cursor = '0';
  do {
    const [next, keys] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', CHUNK);
    cursor = next;
    if (keys.length > 0) yield keys.map((key) => key.slice(skip));
  } while (cursor !== '0');
}

/** In a SCAN pattern these mean something: unescaped, `a*b:` would find keys that are not ours. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, String.raw`\$&`);
}
