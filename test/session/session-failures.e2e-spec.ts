import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startChaosProxy,
  startStandalone,
  type ChaosProxy,
  type StandaloneTopology,
} from 'nestjs-redis-kit/testing';
import type { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import type { Answer, Browser } from './browser.js';
import { AccountNode } from './support/account-node.js';
import { START_LIMIT_MS } from './support/use-sessions.js';

const DEADLINE_MS = 1000;
/** Room for a busy machine; what hangs takes for ever. */
const LIMIT_MS = 10 * DEADLINE_MS;
/** A second is promised; the rest is for a busy machine. */
const RECOVERY_MS = 10_000;

interface World {
  readonly server: StandaloneTopology;
  readonly redis: Redis;
  readonly proxy: ChaosProxy;
}

interface Failure {
  readonly name: string;
  readonly harm: (world: World) => unknown;
  readonly heal: (world: World) => unknown;
  /** What still works: `reads`, and of the writes the `ends` of sessions. */
  readonly works?: readonly ('reads' | 'ends')[];
}

const FAILURES: readonly Failure[] = [
  {
    name: 'out of memory',
    harm: ({ redis }) => redis.config('SET', 'maxmemory', '1'),
    heal: ({ redis }) => redis.config('SET', 'maxmemory', '0'),
    works: ['reads', 'ends'],
  },
  {
    name: 'a read-only replica',
    // The primary that it is told to follow does not exist, so it keeps its data.
    harm: ({ redis }) => redis.replicaof('127.0.0.1', 1),
    heal: ({ redis }) => redis.replicaof('NO', 'ONE'),
    works: ['reads'],
  },
  {
    name: 'behind a black hole',
    harm: ({ proxy }) => proxy.set({ blackHole: true }),
    heal: ({ proxy }) => proxy.restore(),
  },
  {
    name: 'heard no more, though commands arrive',
    harm: ({ proxy }) => proxy.set({ swallow: 'replies' }),
    heal: ({ proxy }) => restoreAnew(proxy),
  },
  {
    name: 'slower than the deadline',
    harm: ({ proxy }) => proxy.set({ latencyMs: 2 * DEADLINE_MS }),
    heal: ({ proxy }) => proxy.restore(),
  },
  {
    name: 'frozen',
    harm: ({ server }) => server.node.freeze(),
    heal: ({ server }) => server.node.thaw(),
  },
  {
    name: 'refusing connections after a reset',
    harm: ({ proxy }) => {
      proxy.set({ refuse: true });
      proxy.reset();
    },
    heal: ({ proxy }) => proxy.restore(),
  },
];

/** What was swallowed is missed for good, so the connections are of no use. */
function restoreAnew(proxy: ChaosProxy): void {
  proxy.restore();
  proxy.reset();
}

describe('sessions while Redis fails', () => {
  let world: World;
  let node: AccountNode;
  let user: Browser;
  /** Of another session, to be revoked. */
  let handle: string;

  beforeAll(async () => {
    const server = await startStandalone({
      config: { 'key-load-delay': '100000', 'loading-process-events-interval-bytes': '1024' },
    });
    const proxy = await startChaosProxy({ target: server.node });
    world = { server, proxy, redis: server.node.client() };
    node = await AccountNode.start(proxy.url, { deadline: DEADLINE_MS });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await node.stop();
    world.redis.disconnect();
    await world.proxy.stop();
    await world.server.stop();
  });

  /** The user has two sessions, and one change that was acknowledged. */
  beforeEach(async () => {
    await eventually(async () => {
      await node.call('purgeUser', 'alice');
      await node.loggedIn('alice');
      handle = (await node.list('alice'))[0]!.handle;
      user = await node.loggedIn('alice');
      expect((await user.post('/set/before/1')).status).toBe(201);
      expect((await user.get('/session')).text).toContain('"before":1');
    }, START_LIMIT_MS);
  }, START_LIMIT_MS);

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work;
    } finally {
      expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    }
  }

  const statusOf = async (request: Promise<Answer>): Promise<number> =>
    (await inTime(request)).status;

  describe.each(FAILURES)('$name', ({ harm, heal, works = [] }) => {
    const [reads, ends] = [works.includes('reads'), works.includes('ends')];

    it(
      'answers in time, says what failed, and goes on when it is over',
      async () => {
        await harm(world);
        const same = (): Browser => user.copy(node.url);
        try {
          const [visit, guarded, write, login, list] = await Promise.all([
            statusOf(same().get('/public')),
            statusOf(same().get('/guarded')),
            inTime(node.browser().post('/login/alice')),
            inTime(same().post('/login/alice')),
            inTime(node.list('alice')).then(
              () => true,
              () => false,
            ),
          ]);
          expect({ visit, guarded, list }).toEqual({
            visit: 200,
            guarded: reads ? 200 : 503,
            list: reads,
          });
          expect([write.status, login.status]).toEqual([503, 503]);
          expect([...write.setCookie, ...login.setCookie]).toEqual([]);
          const [rotate, change, revoked] = await Promise.all([
            inTime(same().post('/rotate')),
            inTime(same().post('/set/during/1')),
            inTime(node.call('revoke', handle)).catch(() => 'failed'),
          ]);
          expect([rotate.status, ...rotate.setCookie, ...change.setCookie]).toEqual([503]);
          // Where no session could be read, the handler has none to change.
          expect([change.status, change.text]).toEqual(
            reads ? [503, expect.anything()] : [201, '{}'],
          );
          expect(revoked).toBe(ends ? true : 'failed');
          expect(await statusOf(same().post('/logout'))).toBe(ends ? 201 : 503);
        } finally {
          await heal(world);
        }
        const healthy = ends ? undefined : user;
        await eventually(async () => {
          const answer = await (healthy ?? (await node.loggedIn('alice'))).get('/guarded');
          expect(answer.status).toBe(200);
        }, RECOVERY_MS);
        // On a busy machine the deadline may pass once more.
        await eventually(async () => {
          if (healthy) expect((await healthy.get('/session')).text).toContain('"before":1');
          else expect((await user.get('/guarded')).status).toBe(401);
        }, RECOVERY_MS);
      },
      START_LIMIT_MS,
    );
  });

  it(
    'finds sessions and changes again after Redis was killed, and waits no longer than the deadline while it loads',
    async () => {
      const { server, redis } = world;
      await redis.config('SET', 'rdbcompression', 'no');
      for (let at = 0; at < 25; at++) await redis.set(`filler:${at}`, 'x'.repeat(1000));
      await redis.save();
      await server.node.kill();
      expect(await statusOf(user.copy(node.url).get('/guarded'))).toBe(503);
      const restarted = server.node.restart();
      // Each key takes a while to load, and Redis answers LOADING meanwhile.
      const probe = redis.duplicate({ enableReadyCheck: false });
      await eventually(
        () => expect(probe.get('filler:0')).rejects.toThrow('LOADING'),
        RECOVERY_MS,
      ).finally(() => probe.disconnect());
      const [visit, guarded, login] = await Promise.all([
        statusOf(user.copy(node.url).get('/public')),
        statusOf(user.copy(node.url).get('/guarded')),
        inTime(node.browser().post('/login/alice')),
      ]);
      expect([visit, guarded, login.status, ...login.setCookie]).toEqual([200, 503, 503]);
      await restarted;
      await eventually(async () => {
        expect((await user.copy(node.url).get('/session')).text).toContain('"before":1');
      }, RECOVERY_MS);
    },
    START_LIMIT_MS,
  );

  it(
    'ends sessions that an empty Redis has not, and begins new ones',
    async () => {
      const { server, redis } = world;
      await redis.flushall();
      await redis.save();
      await server.node.restart();
      await eventually(async () => {
        expect((await user.copy(node.url).get('/guarded')).status).toBe(401);
      }, RECOVERY_MS);
      await user.get('/session');
      expect(user.cookie).toBeUndefined();
      expect((await user.post('/login/alice')).status).toBe(201);
      expect(await statusOf(user.get('/guarded'))).toBe(200);
      expect(await node.list('alice')).toHaveLength(1);
    },
    START_LIMIT_MS,
  );
});
