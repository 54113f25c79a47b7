/**
 * Parts into which the changes of one cache fall. The number is part of what is stored: with another
 * one, a key would find its way to another stream, past changes that still wait in the first.
 */
export const SHARDS = 16;

export const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

/** The shard of a key, by FNV-1a over its UTF-8 bytes. The same key always lies in the same shard. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 16) ^ hash) & (SHARDS - 1);
}
