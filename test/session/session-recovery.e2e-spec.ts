import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { AccountNode } from './support/account-node.js';
import { START_LIMIT_MS } from './support/use-sessions.js';

/** So long that clients have come to their longest pause between two attempts. */
const AWAY_MS = 3500;
/** A second is promised; the rest is for a busy machine, which slows the control down as well. */
const LIMIT_MS = 2000;

describe('when Redis is back', () => {
  let server: RedisServer;
  let node: AccountNode;

  beforeAll(async () => {
    server = await RedisServer.startStandalone();
    node = await AccountNode.start(server.url, { deadline: '1s' });
  }, START_LIMIT_MS);
  afterAll(async () => {
    await node.stop();
    await server.stop();
  });

  /** When a plain client gets an answer, each time by a new connection: no pause of its own delays it. */
  async function answersAt(): Promise<number> {
    return eventually(async () => {
      const client = new Redis(server.url, { retryStrategy: () => null });
      client.on('error', () => undefined);
      try {
        await client.ping();
        return performance.now();
      } finally {
        client.disconnect();
      }
    });
  }

  const login = async (): Promise<number> => (await node.browser().post('/login/alice')).status;

  /** When a user can log in: a read, an index and a write. */
  async function servesAt(): Promise<number> {
    return eventually(async () => {
      expect(await login()).toBe(201);
      return performance.now();
    });
  }

  it.each([
    ['killed', () => server.kill(), () => server.restart()],
    ['frozen', async () => server.freeze(), async () => server.thaw()],
  ])(
    'after it was %s, sessions are served as soon as it answers anybody',
    async (_, takeDown, bringBack) => {
      await servesAt();
      await takeDown();
      const awayUntil = performance.now() + AWAY_MS;
      await eventually(async () => {
        expect(await login()).toBe(503);
        expect(performance.now()).toBeGreaterThan(awayUntil);
      });
      await bringBack();
      const [answered, served] = await Promise.all([answersAt(), servesAt()]);
      expect(served - answered).toBeLessThan(LIMIT_MS);
    },
    START_LIMIT_MS,
  );
});
