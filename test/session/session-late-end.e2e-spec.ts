import { beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import type { Shop } from './shop.js';
import { loggedIn, useSessions, type SessionBench } from './support/use-sessions.js';

interface Heard {
  readonly name: string;
  readonly userId: string | undefined;
}

interface SentCommand {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Behind the digest and the number of keys: two keys, and for end-session four arguments. */
const isRead = ({ args }: SentCommand): boolean => args.length === 4 && isOfSession(args);
const isEnd = ({ args }: SentCommand): boolean => args.length === 8 && isOfSession(args);

function isOfSession(args: readonly unknown[]): boolean {
  return String(args[3]).startsWith('ended:');
}

interface HeldReply {
  /** Resolves when Redis has answered. */
  readonly answered: Promise<void>;
  release(): void;
}

/** Holds the next reply of a kind back: what Redis did is done, and nobody here knows. */
function holdReply({ client }: Shop, isMeant: (command: SentCommand) => boolean): HeldReply {
  const send = client.sendCommand.bind(client);
  const [answered, released] = [latch(), latch()];
  client.sendCommand = (command: SentCommand, ...rest: unknown[]) => {
    const reply = (send as (...args: unknown[]) => Promise<unknown>)(command, ...rest);
    if (!isMeant(command)) return reply;
    client.sendCommand = send;
    return reply.then(async (value) => {
      answered.release();
      await released.released;
      return value;
    });
  };
  return { answered: answered.released, release: () => released.release() };
}

describe('the end of a session that this process hears of late', () => {
  let bench: SessionBench;
  let shop: Shop;
  let heard: Heard[] = [];

  useSessions(async (opened) => {
    bench = opened;
    shop = await bench.shop({ deadline: '3s', expiryEvents: { interval: '50ms' } });
    for (const name of ['destroyed', 'revoked', 'expired', 'regenerated'] as const)
      shop.events.on(name, ({ userId }) => heard.push({ name, userId }));
  });

  beforeEach(async () => {
    await bench.redis.flushdb();
    // Redis and the client then know the scripts.
    await (await loggedIn(shop, 'warm')).post('/logout');
    heard = [];
  });

  /** Deadlines of sessions that are still to be reported. */
  async function due(): Promise<number> {
    const shards = await bench.redis.keys('index:sess:due:*');
    const types = await Promise.all(shards.map((key) => bench.redis.type(key)));
    const sets = shards.filter((_, at) => types[at] === 'zset');
    const counts = await Promise.all(sets.map((key) => bench.redis.zcard(key)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  const UNAVAILABLE = { code: 'SESSION_STORE_UNAVAILABLE' };

  it.each([
    ['destroy', 'destroyed', (id: string) => shop.sessions.destroy(id)],
    ['revokeAll', 'revoked', () => shop.sessions.revokeAll('alice')],
  ] as const)('is reported once, when the truth is known: %s', async (_, name, end) => {
    const { id } = await shop.sessions.create({ userId: 'alice' });
    const held = holdReply(shop, isEnd);
    const ended = end(id);
    await expect(ended).rejects.toMatchObject(UNAVAILABLE);
    await held.answered;
    expect(heard).toEqual([]);
    // Somebody tries again meanwhile: there is nothing left to end, and nothing to report.
    expect(await shop.sessions.destroy(id)).toBe(false);
    expect(heard).toEqual([]);
    held.release();
    await eventually(async () => {
      expect(heard).toEqual([{ name, userId: 'alice' }]);
      expect(await due()).toBe(0);
    });
    expect(await shop.sessions.list('alice')).toEqual([]);
    expect(heard).toHaveLength(1);
  });

  it('is reported for the session that a login has failed to take the place of', async () => {
    const browser = await loggedIn(shop, 'alice');
    const held = holdReply(shop, isEnd);
    const { status, setCookie } = await browser.copy().post('/login/alice');
    expect([status, setCookie]).toEqual([503, []]);
    held.release();
    await eventually(async () => {
      expect(heard).toEqual([{ name: 'destroyed', userId: 'alice' }]);
      expect(await bench.ids()).toEqual([]);
    });
    expect((await browser.get('/profile')).status).toBe(401);
  });

  it('is not reported a second time by a rotation that comes after the expiry', async () => {
    const browser = await loggedIn(shop, 'alice');
    const [{ handle } = { handle: '' }] = await shop.sessions.list('alice');
    const held = holdReply(shop, isRead);
    const rotation = browser.post('/rotate');
    await held.answered;
    // As Redis does at the end of the idle time; the sweeper then finds it due.
    await bench.redis.del(`sess:${browser.id}`);
    await bench.redis.zadd(`index:sess:due:{${handle.slice(0, 1)}}`, 'XX', 1, handle);
    const expired = { name: 'expired', userId: 'alice' };
    await eventually(() => expect(heard).toEqual([expired]));
    held.release();
    expect((await rotation).status).toBe(401);
    // What is due is reported before what comes due later.
    const marker = await loggedIn(shop, 'bob');
    const [bobs = { handle: '' }] = await shop.sessions.list('bob');
    await bench.redis.del(`sess:${marker.id}`);
    await bench.redis.zadd(`index:sess:due:{${bobs.handle.slice(0, 1)}}`, 'XX', 1, bobs.handle);
    await eventually(() => expect(heard).toContainEqual({ name: 'expired', userId: 'bob' }));
    await eventually(async () => expect(await due()).toBe(0));
    expect(heard).toEqual([expired, { name: 'expired', userId: 'bob' }]);
  });
});
