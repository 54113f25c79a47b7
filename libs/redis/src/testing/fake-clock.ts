import type { Redis } from 'ioredis';
import { systemClock, turnClock, turnedBy } from '../common/clock.js';
import { parseDuration, type Duration } from '../common/duration.js';
import type { RedisNode } from './redis-node.js';

const KEYS_AT_A_TIME = 1000;

/**
 * Moves time on, in this process and in Redis, without waiting: what this package decides by the clock (freshness, age,
 * memory, timeouts of sessions and cookies), and every TTL of the servers. What Redis decides by its own clock does not
 * move: events of expired sessions, leases, streams and write-behind. Other processes do not move either.
 */
export class FakeClock {
  /** @internal */
  constructor(private readonly nodes: () => readonly RedisNode[]) {}

  /** The time as the application sees it, in milliseconds since the Unix epoch. */
  now(): number {
    return systemClock.now();
  }

  /**
   * Moves time on. Call it when nothing is under way: a write at the same moment may keep its whole TTL.
   *
   * @param by milliseconds, or text such as `'10m'`
   * @throws ConfigurationError when it is no duration; what a server answered, or that it did not
   */
  async advance(by: Duration): Promise<void> {
    const ms = parseDuration(by, 'advance');
    turnClock(turnedBy() + ms);
    await Promise.all(this.nodes().map((node) => node.use((client) => age(client, ms))));
  }

  /** Sets the clock right. What was stored meanwhile is from the future then: empty Redis first. */
  reset(): void {
    turnClock(0);
  }
}

/**
 * The clock of applications in this process that use the servers of a topology.
 *
 * @param topology what `startStandalone`, `startSentinel` or `startCluster` gave
 */
export function fakeClock(topology: { readonly nodes: readonly RedisNode[] }): FakeClock {
  return new FakeClock(() => topology.nodes);
}

/** Takes time from every key that has a TTL; PEXPIRE with what is over deletes. Replicas follow their primary. */
async function age(client: Redis, ms: number): Promise<void> {
  const [role] = (await client.call('ROLE')) as [string];
  if (role !== 'master') return;
  let cursor = '0';
  const seen = new Set<string>();
  do {
    const [next, found] = await client.scanBuffer(cursor, 'COUNT', KEYS_AT_A_TIME);
    const keys = found.filter((key) => isNew(seen, key));
    const lives = await Promise.all(keys.map((key) => client.pttl(key)));
    await Promise.all(
      keys.flatMap((key, index) => {
        const life = lives[index] ?? -1;
        return life < 0 ? [] : [client.pexpire(key, life - ms)];
      }),
    );
    cursor = String(next);
  } while (cursor !== '0');
}

/** SCAN may name a key twice, and its time is taken once. */
function isNew(seen: Set<string>, key: Buffer): boolean {
  const name = key.toString('latin1');
  if (seen.has(name)) return false;
  seen.add(name);
  return true;
}
