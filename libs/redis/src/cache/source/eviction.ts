/**
 * Redis under an `allkeys` policy may evict a stream, and with it changes that it had acknowledged.
 *
 * @param memory what INFO memory says; a server that hides it is believed
 * @returns a warning, undefined where there is nothing to fear
 */
export function evictionWarning(cache: string, memory: string): string | undefined {
  const [, policy] = /^maxmemory_policy:(allkeys-[\w-]+)/m.exec(memory) ?? [];
  const hasNoLimit = /^maxmemory:0\r?$/m.test(memory);
  if (policy === undefined || hasNoLimit) return undefined;
  return (
    `Cache \`${cache}\` writes behind on a Redis with maxmemory-policy ${policy}, which may evict changes that it acknowledged. ` +
    'Set volatile-lru or noeviction, or use a connection of its own.'
  );
}
