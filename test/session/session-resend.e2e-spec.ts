import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { FlakyLine } from '../support/flaky-line.js';
import { json, type Browser } from './browser.js';
import { AccountNode } from './support/account-node.js';
import { START_LIMIT_MS, useSessions, type SessionBench } from './support/use-sessions.js';

/** What goes over the line for create-session, and for end-session with its 30 seconds. */
const CREATE = /ended:[\s\S]*\{"cookie"/;
const END = /ended:[\s\S]*\r\n30000\r\n/;

describe('commands whose replies are late or lost', () => {
  let bench: SessionBench;
  let line: FlakyLine;
  /** Behind the line. */
  let node: AccountNode;
  let other: AccountNode;

  useSessions(async (opened) => {
    bench = opened;
    line = await FlakyLine.start(bench.server.port);
    const options = { deadline: '20s', expiryEvents: true } as const;
    node = await AccountNode.start(line.url, options);
    other = await bench.node(options);
  });
  afterAll(async () => {
    await node.stop();
    await line.stop();
  });

  beforeEach(async () => {
    line.restore();
    await other.call('purgeUser', 'alice');
    // Redis and the client then know the scripts.
    const warm = await node.loggedIn('bob');
    await warm.post('/rotate');
    await warm.post('/logout');
  }, START_LIMIT_MS);

  const handlesOf = async (user: string): Promise<string[]> =>
    (await other.list(user)).map(({ handle }) => handle);

  it.each([
    ['revoke', async (handle: string) => other.call('revoke', handle)],
    ['revokeAll', async () => other.call('revokeAll', 'alice')],
    ['purgeUser', async () => other.call('purgeUser', 'alice')],
  ])(
    'does not bring back a session that %s ended before its creation was sent again',
    async (_, end) => {
      const created = line.loseReplyTo(CREATE);
      const browser = node.browser();
      const login = browser.post('/login/alice');
      await created;
      const [handle] = await eventually(async () => {
        const handles = await handlesOf('alice');
        expect(handles).toHaveLength(1);
        return handles;
      });
      await end(handle!);
      line.cut();
      const answer = await login;
      expect([answer.status, answer.setCookie]).toEqual([401, []]);
      expect(await bench.ids()).toEqual([]);
      expect(await handlesOf('alice')).toEqual([]);
      const begun = await node.heard('created');
      expect(begun.filter(({ userId }) => userId === 'alice')).toEqual([]);
    },
  );

  it('logs in once when only the reply was lost', async () => {
    const created = line.loseReplyTo(CREATE);
    const browser = node.browser();
    const login = browser.post('/login/alice');
    await created;
    line.cut();
    expect((await login).status).toBe(201);
    expect(await bench.ids()).toEqual([browser.id]);
  });

  it('reports a logout once, with its user, when only the reply was lost', async () => {
    const browser = await node.loggedIn('alice');
    const [handle] = await handlesOf('alice');
    const ended = line.loseReplyTo(END);
    const logout = browser.post('/logout');
    await ended;
    line.cut();
    expect((await logout).status).toBe(201);
    const events = await node.heard('destroyed');
    expect(events.filter((event) => event.handle === handle)).toMatchObject([{ userId: 'alice' }]);
    expect(await handlesOf('alice')).toEqual([]);
  });

  describe('a change that was stored, and is sent again since its reply was lost', () => {
    const VISITED_TWICE = /"visits":2[^0-9]/;
    let browser: Browser;
    let beside: Browser;

    beforeEach(async () => {
      browser = await node.loggedIn('alice');
      beside = browser.copy(other.url);
      await browser.post('/set/a/1');
    }, START_LIMIT_MS);

    it('counts once', async () => {
      const stored = line.loseReplyTo(VISITED_TWICE);
      const change = browser.post('/set/a/2');
      await stored;
      line.cut();
      expect((await change).status).toBe(201);
      expect(json(await beside.get('/session'))).toMatchObject({ a: 2, visits: 2 });
    });

    it('counts once where others have changed the session since', async () => {
      const stored = line.loseReplyTo(VISITED_TWICE);
      const change = browser.post('/set/a/2');
      await stored;
      await eventually(async () =>
        expect(json(await beside.get('/session'))).toMatchObject({ visits: 2 }),
      );
      for (const value of [3, 4, 5]) await beside.post(`/set/a/${value}`);
      line.cut();
      expect((await change).status).toBe(201);
      expect(json(await beside.get('/session'))).toMatchObject({ a: 5, visits: 5 });
    });

    it('is not taken for the same change by somebody else', async () => {
      const held = line.holdAt(VISITED_TWICE);
      const change = browser.post('/set/a/2');
      await held;
      await beside.post('/set/a/2');
      line.restore();
      expect((await change).status).toBe(201);
      expect(json(await beside.get('/session'))).toMatchObject({ a: 2, visits: 3 });
    });

    it('counts once where it began the session', async () => {
      const visitor = node.browser();
      const created = line.loseReplyTo(/"count":1[^0-9]/);
      const request = visitor.post('/count');
      await created;
      line.cut();
      expect((await request).status).toBe(201);
      expect(json(await visitor.get('/session'))).toMatchObject({ count: 1 });
      await visitor.post('/logout');
    });
  });

  it('keeps the user logged in when the last reply of a rotation was lost', async () => {
    const browser = await node.loggedIn('alice');
    const ended = line.loseReplyTo(END);
    const rotation = browser.post('/rotate');
    await ended;
    line.cut();
    expect((await rotation).status).toBe(201);
    expect(await bench.ids()).toEqual([browser.id]);
    expect(await handlesOf('alice')).toHaveLength(1);
  });

  it.each(['/rotate', '/login/alice'])(
    'ends the session that %s is about to replace, when all are revoked',
    async (path) => {
      const browser = await node.loggedIn('alice');
      const old = browser.id;
      const [handle] = await handlesOf('alice');
      const held = line.holdAt(CREATE);
      const move = browser.post(path);
      await held;
      await other.call('revokeAll', 'alice');
      expect(await bench.ids()).toEqual([]);
      expect(await other.call('find', old)).toBeUndefined();
      line.restore();
      expect((await move).status).toBe(401);
      expect(await bench.ids()).toEqual([]);
      const events = await other.heard('revoked');
      expect(events.filter((event) => event.handle === handle)).toMatchObject([{ reason: 'all' }]);
    },
  );

  describe('past the deadline', () => {
    let hasty: AccountNode;
    beforeAll(async () => {
      hasty = await AccountNode.start(line.url, { deadline: '1s' });
    }, START_LIMIT_MS);
    afterAll(() => hasty.stop());

    it('leaves no session of a login that was answered 503', async () => {
      const user = await eventually(async () => {
        const browser = hasty.browser();
        expect((await browser.post('/login/alice')).status).toBe(201);
        return browser;
      });
      const held = line.holdAt(CREATE);
      const login = hasty.browser().post('/login/alice');
      await held;
      expect((await login).status).toBe(503);
      line.restore();
      // Behind all that was sent late.
      await eventually(async () => expect((await user.get('/session')).status).toBe(200));
      await eventually(async () => expect(await bench.ids()).toEqual([user.id]));
      expect(await handlesOf('alice')).toHaveLength(1);
    });
  });
});
