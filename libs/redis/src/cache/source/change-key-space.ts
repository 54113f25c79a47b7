import { CacheKeySpace, hashTag } from '../../common/key-space.js';
import { shardOf } from './shard.js';

/**
 * Names of the keys of caches that write behind, beside those of all others. Everything of one shard
 * lies in one slot, its entries and their leases too, so that one script can take a change and show it
 * to readers. `<shard>` is `{<cache>:0}` to `{<cache>:15}`; the first pair of braces decides the slot.
 *
 * | key | type | holds | TTL |
 * |---|---|---|---|
 * | `<prefix>entry:<cache>:<shard>{<key>}` | string | one entry | its own |
 * | `<prefix>lease:<cache>:<shard>{<key>}` | string | token of the one caller that loads the key | of the load |
 * | `<prefix>changes:<cache>:<shard>` | stream | changes that the source does not have; the id is the version | none |
 * | `<prefix>unsaved:<cache>:<shard>` | hash | key to the version of its newest change, or `D<id>` of its newest dead letter | none |
 * | `<prefix>dead:<cache>:<shard>` | stream | dead letters | none |
 * | `<prefix>owner:<cache>:<shard>` | string | token of the process that writes this shard | of the lease |
 * | `<prefix>writers:<cache>` | sorted set | processes that can write, by the time of their last sign | of the lease |
 */
export class ChangeKeySpace extends CacheKeySpace {
  readonly #sharded = new Set<string>();

  /** Puts the entries of a cache into shards. Call it before anything is stored in the cache. */
  shard(cache: string): void {
    this.#sharded.add(cache);
  }

  override entry(cache: string, key: string): string {
    if (!this.#sharded.has(cache)) return super.entry(cache, key);
    return `${this.#name('entry', cache, shardOf(key))}${hashTag(key)}`;
  }

  override lease(cache: string, key: string): string {
    if (!this.#sharded.has(cache)) return super.lease(cache, key);
    return `${this.#name('lease', cache, shardOf(key))}${hashTag(key)}`;
  }

  changes(cache: string, shard: number): string {
    return this.#name('changes', cache, shard);
  }

  unsaved(cache: string, shard: number): string {
    return this.#name('unsaved', cache, shard);
  }

  dead(cache: string, shard: number): string {
    return this.#name('dead', cache, shard);
  }

  owner(cache: string, shard: number): string {
    return this.#name('owner', cache, shard);
  }

  writers(cache: string): string {
    return `${this.prefix}writers:${cache}`;
  }

  /** What the wake channel carries when changes of a cache arrive. */
  changesWake(cache: string): string {
    return `${this.prefix}changes:${cache}`;
  }

  #name(kind: string, cache: string, shard: number): string {
    return `${this.prefix}${kind}:${cache}:{${cache}:${shard}}`;
  }
}
