import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { FlakyLine } from '../support/flaky-line.js';
import { RedisServer } from '../support/redis-server.js';
import { json, type Answer, type Browser } from './browser.js';
import { handleOf } from './library.js';
import { AccountNode, type HeardEvent } from './support/account-node.js';
import { START_LIMIT_MS } from './support/use-sessions.js';

/** What goes over the line for create-session, end-session with its 30 seconds, and write-session. */
const CREATE = /ended:[\s\S]*\{"cookie"/;
const END = /ended:[\s\S]*\r\n30000\r\n/;
const WRITE = /written:\{sess:/;
/** The read of a session: nothing stands behind its two keys. */
const READ = /ended:\{sess:[\w-]+\}\r\n(?:\*|$)/;

/** Of a login or a rotation: the new session is stored, and the old one ends. */
const STEPS: [string, RegExp][] = [
  ['at its first step', CREATE],
  ['at its last step', END],
];

/** A node in a process of its own, whose line to Redis stops before a command of a kind. */
interface Place {
  readonly node: AccountNode;
  readonly line: FlakyLine;
}

/** Each race is decided by who reaches Redis first, so that is what these tests set. */
describe('two processes at once', () => {
  let server: RedisServer;
  let redis: Redis;
  let one: Place;
  let other: Place;

  async function placed(): Promise<Place> {
    const line = await FlakyLine.start(server.port);
    return { line, node: await AccountNode.start(line.url, { deadline: '20s' }) };
  }

  beforeAll(async () => {
    server = await RedisServer.startStandalone();
    redis = server.client();
    [one, other] = await Promise.all([placed(), placed()]);
    // The clients and Redis then know the scripts.
    for (const { node } of [one, other]) {
      const warm = await node.loggedIn('warm');
      await warm.post('/set/a/1');
      await warm.post('/rotate');
      await warm.post('/logout');
    }
  }, START_LIMIT_MS);
  afterAll(async () => {
    for (const { node, line } of [one, other]) {
      await node.stop();
      await line.stop();
    }
    redis.disconnect();
    await server.stop();
  });

  let user: Browser;
  let id: string;
  beforeEach(async () => {
    user = await one.node.loggedIn('alice');
    ({ id } = user);
    await user.post('/set/before/1');
    // Known to both processes, as a session in use is.
    await user.copy(other.node.url).get('/session');
  });
  afterEach(async () => {
    for (const { line } of [one, other]) line.restore();
    await one.node.call('purgeUser', 'alice');
  });

  const at = ({ node }: Place): Browser => user.copy(node.url);

  /** Sends a request that stops before its command, lets `first` go by, and gives its answer. */
  async function overtaken(
    { line }: Place,
    command: RegExp,
    { late, first }: { late: () => Promise<Answer>; first: () => Promise<unknown> },
  ): Promise<Answer> {
    const [held, answer] = [line.holdAt(command), late()];
    await held;
    await first();
    line.restore();
    return answer;
  }

  async function heard(name: string): Promise<HeardEvent[]> {
    const all = await Promise.all([one, other].map(({ node }) => node.heard(name)));
    return all.flat().filter((event) => event.userId === 'alice');
  }

  const ids = async (): Promise<string[]> =>
    (await redis.keys('sess:*')).map((key) => key.slice('sess:'.length));
  const handles = async (place: Place): Promise<string[]> =>
    (await place.node.list('alice')).map(({ handle }) => handle);

  /** Both nodes list the one session, and it is all that Redis holds. */
  async function expectOnly(session: Browser): Promise<void> {
    expect(await ids()).toEqual([session.id]);
    for (const place of [one, other]) expect(await handles(place)).toEqual([handleOf(session.id)]);
  }

  const statusOf = async (answer: Promise<Answer>): Promise<number> => (await answer).status;

  describe('a rotation with a grace on one', () => {
    it.each([
      ['read its session', READ],
      ['saved its change', WRITE],
    ])(
      'serves the request with the old id that has not yet %s on the other',
      async (_, command) => {
        const old = at(other);
        const answer = await overtaken(other, command, {
          late: () => old.post('/set/late/1'),
          first: () => user.post('/renew/first'),
        });
        expect([answer.status, json(answer), answer.setCookie]).toEqual([
          201,
          { userId: 'alice' },
          [],
        ]);
        expect(old.id).not.toBe(user.id);
        expect(json(await at(other).get('/session'))).toMatchObject({
          before: 1,
          late: 1,
          visits: 2,
        });
        await expectOnly(user);
      },
    );

    it('carries over what the other saves between its two steps', async () => {
      const rotation = await overtaken(one, END, {
        late: () => user.post('/renew/first'),
        first: async () => {
          const beside = user.copy(other.node.url);
          expect(await statusOf(beside.post('/set/between/1'))).toBe(201);
        },
      });
      expect(rotation.status).toBe(201);
      expect(json(await at(other).get('/session'))).toMatchObject({
        before: 1,
        between: 1,
        visits: 2,
      });
      await expectOnly(user);
    });

    it('serves all requests that are under way to the other, and none of them gets a session of its own', async () => {
      const old = at(other);
      const held = other.line.holdAt(READ);
      const keys = Array.from({ length: 12 }, (_, index) => `key${index}`);
      const answers = keys.map((key) => old.copy().post(`/set/${key}/1`));
      await held;
      await user.post('/renew/first');
      other.line.restore();
      for (const answer of await Promise.all(answers))
        expect([answer.status, answer.setCookie]).toEqual([201, []]);
      const session = json(await at(one).get('/session'));
      expect(session).toMatchObject({ visits: 13 });
      expect(Object.keys(session)).toEqual(expect.arrayContaining(keys));
      await expectOnly(user);
    });

    it('is over for the other too, which tells of who then uses the old id', async () => {
      const old = at(other);
      await user.post('/renew/first');
      expect(await statusOf(old.copy().get('/guarded'))).toBe(200);
      // As it is after the 20 seconds.
      expect(await redis.pexpire(`ended:{sess:${old.id}}`, 30_000 - 20_001)).toBe(1);
      expect(await statusOf(old.copy().get('/guarded'))).toBe(401);
      const risks = (await heard('risk')).filter(({ handle }) => handle === handleOf(old.id));
      expect(risks).toMatchObject([{ sign: 'old-id' }]);
      expect(await statusOf(at(other).get('/guarded'))).toBe(200);
    });

    it('ends with a logout on the other, whichever id that came with', async () => {
      const old = at(other);
      await user.post('/renew/first');
      expect(await statusOf(old.post('/logout'))).toBe(201);
      expect(await ids()).toEqual([]);
      expect(await statusOf(at(one).get('/guarded'))).toBe(401);
    });
  });

  describe('a logout on one', () => {
    const endsOf = async (): Promise<number> =>
      (await heard('destroyed')).filter(({ handle }) => handle === handleOf(id)).length;

    it('stays one where a write of the other comes after it', async () => {
      const beside = at(other);
      const answer = await overtaken(other, WRITE, {
        late: () => beside.post('/set/late/1'),
        first: () => user.post('/logout'),
      });
      expect(answer.setCookie).toEqual([]);
      expect(await ids()).toEqual([]);
      expect([await handles(one), await handles(other)]).toEqual([[], []]);
      expect(await endsOf()).toBe(1);
    });

    it('takes with it what the other wrote before it', async () => {
      const beside = at(other);
      const answer = await overtaken(one, END, {
        late: () => user.post('/logout'),
        first: () => beside.post('/set/early/1'),
      });
      expect(answer.status).toBe(201);
      expect(await ids()).toEqual([]);
      expect(await statusOf(beside.get('/guarded'))).toBe(401);
      expect(await endsOf()).toBe(1);
    });

    it('is told once where both log out', async () => {
      const beside = at(other);
      const answer = await overtaken(one, END, {
        late: () => user.post('/logout'),
        first: () => beside.post('/logout'),
      });
      expect(answer.status).toBe(201);
      expect(await ids()).toEqual([]);
      expect(await endsOf()).toBe(1);
    });
  });

  describe.each(STEPS)('a rotation on one that is overtaken %s', (_, command) => {
    it('by a rotation on the other, is none: one of them wins', async () => {
      const winner = at(other);
      const loser = await overtaken(one, command, {
        late: () => at(one).post('/rotate'),
        first: async () => expect(await statusOf(winner.post('/rotate'))).toBe(201),
      });
      expect(loser.status).toBe(401);
      expect(json(await winner.copy(one.node.url).get('/session'))).toMatchObject({ before: 1 });
      await expectOnly(winner);
    });

    it('by a login on the other, is none', async () => {
      const winner = at(other);
      const loser = await overtaken(one, command, {
        late: () => at(one).post('/rotate'),
        first: async () => expect(await statusOf(winner.post('/login/alice'))).toBe(201),
      });
      expect(loser.status).toBe(401);
      await expectOnly(winner);
    });
  });

  describe.each(STEPS)(
    'a rotation with a grace that is overtaken %s by another one',
    (_, command) => {
      it('is done already: the request goes on, and its answer has no cookie', async () => {
        const [winner, late] = [at(other), at(one)];
        const answer = await overtaken(one, command, {
          late: () => late.post('/renew/late'),
          first: async () => expect(await statusOf(winner.post('/renew/first'))).toBe(201),
        });
        expect([answer.status, answer.setCookie]).toEqual([201, []]);
        const session = json(await winner.copy(one.node.url).get('/session'));
        expect(session).toMatchObject({ before: 1, first: true, late: true });
        await expectOnly(winner);
      });
    },
  );

  describe.each(STEPS)('a login on one that a rotation on the other overtakes %s', (_, command) => {
    async function login(path: string): Promise<{ rotated: Browser; loggedIn: Browser }> {
      const [rotated, loggedIn] = [at(other), at(one)];
      const answer = await overtaken(one, command, {
        late: () => loggedIn.post('/login/alice'),
        first: async () => expect(await statusOf(rotated.post(path))).toBe(201),
      });
      expect(answer.status).toBe(201);
      expect(await redis.exists(`sess:${user.id}`)).toBe(0);
      return { rotated, loggedIn };
    }

    it('counts for itself, as one that comes after it with an id that is void', async () => {
      const { rotated, loggedIn } = await login('/rotate');
      const both = [rotated.id, loggedIn.id].toSorted();
      expect((await ids()).toSorted()).toEqual(both);
      for (const place of [one, other])
        expect((await handles(place)).toSorted()).toEqual(both.map(handleOf).toSorted());
      expect(json(await loggedIn.copy(other.node.url).get('/session'))).not.toHaveProperty(
        'before',
      );
    });

    it('ends what the old id leads to, where that has a grace', async () => {
      const { rotated, loggedIn } = await login('/renew/first');
      expect(await statusOf(rotated.get('/guarded'))).toBe(401);
      expect(await statusOf(user.copy(other.node.url).get('/guarded'))).toBe(401);
      await expectOnly(loggedIn);
    });
  });
});
