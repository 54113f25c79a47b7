import { createHash } from 'node:crypto';

/** Longer keys cost memory and wire on every command; past this many bytes a key is replaced by its hash. */
const LONGEST_PART_BYTES = 512;

/**
 * Writes any text as the inside of a Redis hash tag (`{…}`), so that keys made of the same text share
 * a slot. Two texts never give one result: braces and the escape character itself are escaped, and a
 * hashed text starts with a sequence that escaping cannot make.
 * Source: Redis Cluster specification, "Hash tags".
 */
export function hashTag(text: string): string {
  if (Buffer.byteLength(text) > LONGEST_PART_BYTES) {
    return `{%sha256-${createHash('sha256').update(text).digest('hex')}}`;
  }
  return `{${text.replace(/[%{}]/g, escape)}}`;
}

function escape(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

/** Escapes what MATCH of SCAN reads as a pattern. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^]/g, '\\$&');
}

/**
 * Names of every key that the cache writes. The kind stands first, so that an ACL rule or a memory
 * report can tell them apart by prefix.
 *
 * | key | type | holds |
 * |---|---|---|
 * | `<prefix>entry:<cache>:{<key>}` | string | one entry (entry-format.ts) |
 * | `<prefix>lease:<cache>:{<key>}` | string | token of the one caller that loads the key |
 * | `<prefix>generation:{<name>}` | string | generation of a tag or of a cache |
 * | `<prefix>bus` | channel | invalidations between nodes |
 * | `<prefix>wake` | channel | leases that ended while somebody waited |
 */
export class CacheKeySpace {
  constructor(readonly prefix: string) {}

  entry(cache: string, key: string): string {
    return `${this.prefix}entry:${cache}:${hashTag(key)}`;
  }

  lease(cache: string, key: string): string {
    return `${this.prefix}lease:${cache}:${hashTag(key)}`;
  }

  generation(name: string): string {
    return `${this.prefix}generation:${hashTag(name)}`;
  }

  get bus(): string {
    return `${this.prefix}bus`;
  }

  get wake(): string {
    return `${this.prefix}wake`;
  }
}
