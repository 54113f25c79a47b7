import type { RedisClient } from '../../connection/redis-client.js';
import { claimDue } from '../scripts/claim-due-2.js';
import { scheduleExpiry } from '../scripts/schedule-expiry-2.js';
import { settleDue } from '../scripts/settle-due-2.js';
import type { SessionIndexKeys } from '../users/user-keys.js';

/** All nodes may be down for so long, and what expired meanwhile is still reported. */
const KEEP_MS = 30 * 24 * 60 * 60 * 1000;

/** A session that is due to expire. */
export interface DueSession {
  readonly handle: string;
  /** Name of its key, without the prefix. */
  readonly name: string;
  readonly userId: string | undefined;
}

/** A due session as it was found. */
export interface SettledSession {
  readonly handle: string;
  /** As PTTL says it: -2 for a session that is gone. */
  readonly leftMs: number;
}

/** The first digit of the handle spreads the sessions over the slots of a Cluster. */
export const SHARDS: readonly string[] = '0123456789abcdef'.split('');

/** The Redis commands of the expiry schedule, each one round trip. */
export class ExpirySchedule {
  constructor(
    private readonly client: () => RedisClient,
    private readonly keys: SessionIndexKeys,
  ) {}

  async add({ handle, name, userId }: DueSession, leftMs: number): Promise<void> {
    const owner = JSON.stringify([name, userId ?? null]);
    const args = [handle, Math.ceil(leftMs), owner, KEEP_MS];
    await scheduleExpiry.run(this.client(), this.#keysOf(shardOf(handle)), args);
  }

  /**
   * For a session that ended before it could expire. In one step: one whose owner is not known counts as expired.
   *
   * @returns false when it was not on the schedule, because its end is reported already
   */
  async remove(handle: string): Promise<boolean> {
    const left = await this.settle(shardOf(handle), [{ handle, leftMs: -2 }]);
    return left.length > 0;
  }

  /** Takes due sessions of a shard for as long as the lease. */
  async claim(
    shard: string,
    { leaseMs, limit }: { readonly leaseMs: number; readonly limit: number },
  ): Promise<DueSession[]> {
    const reply = await claimDue.run(this.client(), this.#keysOf(shard), [leaseMs, limit]);
    return readClaims(reply as string[]);
  }

  /** @returns handles of the sessions that are gone and that nobody else has settled */
  async settle(shard: string, sessions: readonly SettledSession[]): Promise<string[]> {
    const args = sessions.flatMap(({ handle, leftMs }) => [handle, leftMs]);
    return (await settleDue.run(this.client(), this.#keysOf(shard), args)) as string[];
  }

  #keysOf(shard: string): [string, string] {
    return [this.keys.due(shard), this.keys.dueOf(shard)];
  }
}

function shardOf(handle: string): string {
  return handle.slice(0, 1);
}

function readClaims(reply: readonly string[]): DueSession[] {
  const claims: DueSession[] = [];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    const [name, userId] = readOwner(reply[at + 1]!);
    claims.push({ handle: reply[at]!, name, userId: userId ?? undefined });
  }
  return claims;
}

/** An owner that is not known (the hash was lost) has no session to look for, so it counts as gone. */
function readOwner(owner: string): [name: string, userId: string | null] {
  return owner === '' ? ['', null] : (JSON.parse(owner) as [string, string | null]);
}
