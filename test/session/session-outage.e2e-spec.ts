import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { START_LIMIT_MS } from './support/use-sessions.js';
import { Browser, json, openShop, type Answer, type Shop } from './shop.js';

const DEADLINE_MS = 1000;
/** Room for a busy machine; a request without a bound would take for ever. */
const LIMIT_MS = 10 * DEADLINE_MS;

describe.each([
  ['stopped', (server: RedisServer) => server.kill(), (server: RedisServer) => server.restart()],
  [
    'frozen',
    async (server: RedisServer) => server.freeze(),
    async (server: RedisServer) => server.thaw(),
  ],
])('while Redis is %s', (state, takeDown, bringBack) => {
  let server: RedisServer;
  let shop: Shop;
  let user: Browser;

  beforeAll(async () => {
    server = await RedisServer.start();
    shop = await openShop(server.url, { deadline: DEADLINE_MS, loginUrl: '/login' });
    // A busy machine may need longer than the deadline.
    user = await eventually(async () => {
      const browser = new Browser(shop.url);
      expect((await browser.post('/login/alice')).status).toBe(201);
      return browser;
    });
    await takeDown(server);
  }, START_LIMIT_MS);

  afterAll(async () => {
    await shop.close();
    server.thaw();
    await server.stop();
  });

  async function inTime(request: Promise<Answer>): Promise<Answer> {
    const startedAt = performance.now();
    const answer = await request;
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    expect(answer.setCookie).toEqual([]);
    return answer;
  }

  it('answers a public route within the deadline and leaves the cookie alone', async () => {
    const answer = await inTime(user.get('/public'));
    expect([answer.status, answer.text]).toEqual([200, 'welcome']);
    expect((await inTime(user.get('/account/help'))).status).toBe(200);
  });

  it('gives a public route an empty session to read', async () => {
    const answer = await inTime(user.get('/session'));
    expect(answer.status).toBe(200);
    expect(json(answer)).not.toHaveProperty('userId');
  });

  it('answers 503 with Retry-After on a guarded route, also to a browser', async () => {
    const answer = await inTime(user.get('/profile', { accept: 'text/html' }));
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(json(answer)).toMatchObject({
      statusCode: 503,
      message: expect.stringContaining('session'),
    });
  });

  it('answers 401 on a guarded route to who never had a session', async () => {
    expect((await inTime(new Browser(shop.url).get('/profile'))).status).toBe(401);
  });

  it.each(['/set/color', '/login/bob', '/login-and-go/bob'])(
    'answers 503 and sends no cookie when %s cannot be stored',
    async (path) => {
      const known = await inTime(user.post(path));
      const anonymous = await inTime(new Browser(shop.url).post(path));
      expect([known.status, anonymous.status]).toEqual([503, 503]);
      expect(anonymous.headers.get('retry-after')).toBe('5');
      expect(anonymous.headers.get('location')).toBeNull();
    },
  );

  it('answers 503 in place of a streamed answer whose session cannot be stored', async () => {
    const answer = await inTime(new Browser(shop.url).post('/stream'));
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('first');
  });

  it('does not pretend that a logout worked', async () => {
    expect((await inTime(user.post('/logout'))).status).toBe(503);
  });

  it('fails outside of a request with a code', async () => {
    await expect(shop.sessions.find(user.id)).rejects.toMatchObject({
      code: 'SESSION_STORE_UNAVAILABLE',
      cause: expect.any(Error),
    });
  });

  it('works again when Redis is back', async () => {
    await bringBack(server);
    const browser = state === 'frozen' ? user : new Browser(shop.url);
    await eventually(async () => {
      if (state === 'stopped') await browser.post('/login/alice');
      const answer = await browser.get('/profile');
      expect([answer.status, json(answer)]).toEqual([200, { user: 'alice' }]);
    });
  });
});
