import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startStandalone, type StandaloneTopology } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';
import { FlakyLine } from '../support/flaky-line.js';
import type { Browser } from './browser.js';
import { handleOf } from './library.js';
import { AccountNode, type HeardEvent } from './support/account-node.js';
import { START_LIMIT_MS } from './support/use-sessions.js';

/** What goes over the line for end-session, by a logout or a new id, and by a revocation. */
const END = /ended:[\s\S]*\r\n(?:30000|3600000)\r\n/;

describe('an end whose reply is lost for good', () => {
  let server: StandaloneTopology;
  let redis: Redis;
  let line: FlakyLine;
  /** Behind the line. */
  let node: AccountNode;
  let other: AccountNode;

  beforeAll(async () => {
    // What was done before the crash is there after it.
    server = await startStandalone({ config: { appendonly: 'yes', appendfsync: 'always' } });
    redis = server.node.client();
    line = await FlakyLine.start(server.node.port);
    [node, other] = await Promise.all([
      AccountNode.start(line.url, { deadline: '1s', rememberEnds: '1h' }),
      AccountNode.start(server.url, { deadline: '20s', rememberEnds: '1h' }),
    ]);
  }, START_LIMIT_MS);
  afterAll(async () => {
    await Promise.all([node.stop(), other.stop()]);
    redis.disconnect();
    await line.stop();
    await server.stop();
  });

  let user: Browser;
  beforeEach(async () => {
    line.restore();
    // A busy machine may need longer than the deadline.
    await eventually(async () => {
      user = node.browser();
      expect((await user.post('/login/alice')).status).toBe(201);
      expect((await user.get('/guarded')).status).toBe(200);
      // Redis and the client then know the script.
      expect((await node.loggedIn('warm')).cookie).toBeDefined();
      await node.call('revokeAll', 'warm');
    });
  }, START_LIMIT_MS);

  const endsOf = async (id: string, at: AccountNode): Promise<HeardEvent[]> => {
    const all = await Promise.all([at.heard('destroyed'), at.heard('revoked')]);
    return all.flat().filter(({ handle }) => handle === handleOf(id));
  };

  async function expectGone(id: string): Promise<void> {
    await eventually(async () => expect(await redis.exists(`sess:${id}`)).toBe(0));
  }

  /** Redis does it, and then nothing comes over the line any more. */
  async function endUnheard(id: string, end: () => Promise<unknown>): Promise<unknown> {
    const sent = line.loseReplyTo(END);
    const ended = end();
    await sent;
    line.hold();
    await expectGone(id);
    return givenUp(ended);
  }

  /** Not until then is the command never sent again. */
  async function givenUp<T>(work: Promise<T>): Promise<T> {
    const outcome = await work;
    await node.call('settled');
    return outcome;
  }

  const FAILED = expect.stringContaining('could not end a session');
  const call = async (...args: Parameters<AccountNode['call']>): Promise<unknown> =>
    node.call(...args).catch(({ message }: Error) => message);

  it.each([
    ['destroyed', 'a logout', async () => (await user.post('/logout')).status, 503],
    ['revoked', 'revokeAll', async () => call('revokeAll', 'alice'), FAILED],
  ])(
    'is told as `%s` once, by the process that did it, when Redis answers again: %s',
    async (name, _, end, failure) => {
      const { id } = user;
      expect(await endUnheard(id, end)).toEqual(failure);
      // Another one tries it too, and finds nothing to end.
      expect(await other.call('destroy', id)).toBe(false);
      line.restore();
      await eventually(async () =>
        expect(await endsOf(id, node)).toMatchObject([{ name, userId: 'alice' }]),
      );
      expect(await endsOf(id, other)).toEqual([]);
    },
  );

  it('is told after a crash of Redis, with the user', async () => {
    const { id } = user;
    const sent = line.loseReplyTo(END);
    const logout = user.post('/logout');
    await sent;
    await expectGone(id);
    await server.node.kill();
    expect((await givenUp(logout)).status).toBe(503);
    await server.node.restart();
    await eventually(async () =>
      expect(await endsOf(id, node)).toMatchObject([{ name: 'destroyed', userId: 'alice' }]),
    );
    expect(await endsOf(id, other)).toEqual([]);
  });

  it('is told of the session that a login has failed to take the place of', async () => {
    const { id } = user;
    const login = async (): Promise<number> => (await user.copy().post('/login/alice')).status;
    expect(await endUnheard(id, login)).toBe(503);
    line.restore();
    await eventually(async () => expect(await endsOf(id, node)).toHaveLength(1));
  });

  it('is told of nobody where it never took place, and ends nothing later', async () => {
    const { id } = user;
    const held = line.holdAt(END);
    const logout = user.post('/logout');
    await held;
    line.cut();
    expect((await givenUp(logout)).status).toBe(503);
    line.restore();
    // One that took place, and is asked after later.
    const next = await other.loggedIn('bob');
    await eventually(async () =>
      expect(await call('find', next.id)).toMatchObject({ userId: 'bob' }),
    );
    expect(await endUnheard(next.id, () => call('destroy', next.id))).toEqual(FAILED);
    line.restore();
    await eventually(async () => expect(await endsOf(next.id, node)).toHaveLength(1));
    expect(await endsOf(id, node)).toEqual([]);
    expect((await user.copy(other.url).get('/guarded')).status).toBe(200);
  });
});
