import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { HandshakeRefusedError } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { NEVER, idOf, useLiveNodes, type LiveBench } from './support/live-node.js';
import { Visitor } from './support/visitor.js';

const bench = useLiveNodes();
const node: LiveBench['node'] = (session, admit) => bench.node(session, admit);

const LOGIN_FIRST = { code: 1008, reason: 'log in first' };
const FOREIGN = { code: 1008, reason: 'foreign origin' };

describe('the handshake of a socket', () => {
  it('finds the session of the cookie, and gives its id away to nobody', async () => {
    const shop = await node();
    const visitor = await shop.loggedIn();
    const live = await shop.connect(visitor);
    expect(await live.heard('hello')).toEqual({
      handle: expect.stringMatching(/^[0-9a-f]{32}$/),
      userId: 'alice',
      attributes: { userId: 'alice', authTime: expect.any(Number) },
    });
    live.send('who');
    expect(await live.heard('you')).toBe('alice');
  });

  it('is refused without a login', async () => {
    const shop = await node();
    const visitor = new Visitor(shop.url);
    await visitor.post('/visit');
    const forged = new Visitor(shop.url);
    forged.cookies.set('sid', encodeURIComponent('s:made-up.signature'));
    for (const who of [undefined, visitor, forged])
      expect(await (await shop.connect(who)).closed).toEqual(LOGIN_FIRST);
  });

  it('finds the session behind a cookie of another path whose session has ended, as HTTP does', async () => {
    const shop = await node();
    const gone = await shop.loggedIn();
    const cookieOfGone = gone.cookieHeader;
    await gone.post('/logout');
    const visitor = await shop.loggedIn();
    const cookie = `${cookieOfGone}; ${visitor.cookieHeader}`;
    const live = await shop.connect(undefined, { origin: shop.url, cookie });
    expect(await live.heard('hello')).toMatchObject({ userId: 'alice' });
    const { host } = new URL(shop.url);
    const request = { headers: { cookie, host }, socket: {} } as unknown as IncomingMessage;
    expect(await shop.sessions.fromHandshake(request)).toMatchObject({ userId: 'alice' });
    await visitor.post('/logout');
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
    const none = await shop.connect(undefined, { origin: shop.url, cookie });
    expect(await none.closed).toEqual(LOGIN_FIRST);
  });

  it('is open to visitors with a session where the gateway says so', async () => {
    const shop = await node({}, { needs: 'session' });
    const visitor = new Visitor(shop.url);
    await visitor.post('/visit');
    const live = await shop.connect(visitor);
    expect(await live.heard('hello')).toMatchObject({ attributes: { visited: true } });
    expect(await (await shop.connect()).closed).toEqual(LOGIN_FIRST);
  });

  it('is refused to pages of other sites, which browsers send the cookie for', async () => {
    const shop = await node({ trustedOrigins: ['https://app.example.com'] });
    const visitor = await shop.loggedIn();
    const foreign = ['https://evil.example', 'null', 'http://127.0.0.1:1'];
    for (const origin of foreign)
      expect(await (await shop.connect(visitor, { origin })).closed).toEqual(FOREIGN);
    const crossSite = { 'sec-fetch-site': 'cross-site' };
    expect(await (await shop.connect(visitor, crossSite)).closed).toEqual(FOREIGN);
    for (const headers of [{ origin: 'https://app.example.com' }, { origin: shop.url }, {}])
      await (await shop.connect(visitor, headers as Record<string, string>)).heard('hello');
  });

  it('is judged by the address that a browser sees, behind a proxy that Express trusts', async () => {
    const shop = await node();
    const visitor = await shop.loggedIn();
    const ownHttp = shop.url;
    const ownHttps = ownHttp.replace('http:', 'https:');
    const byTls = { 'x-forwarded-proto': 'https' };
    const byName = { ...byTls, 'x-forwarded-host': 'shop.example.com' };
    const { cookieHeader: cookie } = visitor;
    const { host } = new URL(ownHttp);
    /** What is no gateway, too, gets the upgrade as Node made it. */
    const read = (headers: Record<string, string>): Promise<unknown> =>
      shop.sessions.fromHandshake({
        headers: { ...headers, cookie, host },
        socket: {},
      } as unknown as IncomingMessage);
    const enters = async (origin: string, proxied: Record<string, string>): Promise<void> => {
      await (await shop.connect(visitor, { ...proxied, origin })).heard('hello');
      expect(await read({ ...proxied, origin })).toMatchObject({ userId: 'alice' });
    };
    const isRefused = async (origin: string, proxied: Record<string, string>): Promise<void> => {
      const live = await shop.connect(visitor, { ...proxied, origin });
      expect(await live.closed).toEqual(FOREIGN);
      await expect(read({ ...proxied, origin })).rejects.toThrow(HandshakeRefusedError);
    };
    await isRefused('https://shop.example.com', byName);
    await enters(ownHttp, byTls);
    shop.app.set('trust proxy', 1);
    await enters('https://shop.example.com', byName);
    await isRefused('http://shop.example.com', byName);
    await isRefused('https://evil.example', byName);
    await isRefused(ownHttp, byTls);
    await enters(ownHttps, byTls);
    // Who is no proxy of ours says nothing about the address.
    shop.app.set('trust proxy', '203.0.113.0/24');
    await isRefused('https://shop.example.com', byName);
  });

  it('takes a bearer token, whatever the origin', async () => {
    const shop = await node({ transport: 'both' });
    const login = await new Visitor(shop.url).post('/api/login/alice');
    const authorization = `Bearer ${login.headers.get('x-session-token')}`;
    const live = await shop.connect(undefined, { authorization, origin: 'https://evil.example' });
    expect(await live.heard('hello')).toMatchObject({ userId: 'alice' });
  });

  it('is no activity: it renews nothing', async () => {
    const shop = await node({ idleTimeout: '1m' });
    const visitor = await shop.loggedIn();
    const key = `sess:${idOf(visitor)}`;
    await bench.redis.use((client) => client.pexpire(key, 20_000));
    const live = await shop.admitted(visitor);
    live.send('who');
    await live.heard('you');
    expect(await bench.redis.use((client) => client.pttl(key))).toBeLessThanOrEqual(20_000);
  });

  it('can be read without a gateway', async () => {
    const shop = await node();
    const { sessions, url } = shop;
    const visitor = await shop.loggedIn();
    const request = (headers: object): IncomingMessage =>
      ({ headers: { host: new URL(url).host, ...headers }, socket: {} }) as IncomingMessage;
    const { cookieHeader: cookie } = visitor;
    const found = await sessions.fromHandshake(request({ cookie, origin: url }));
    expect(found).toMatchObject({ userId: 'alice', id: idOf(visitor) });
    expect(JSON.stringify(found)).not.toContain(idOf(visitor));
    expect(await sessions.fromHandshake(request({ origin: url }))).toBeUndefined();
    const foreign = sessions.fromHandshake(request({ cookie, origin: 'https://evil.example' }));
    await expect(foreign).rejects.toThrow(HandshakeRefusedError);
  });
});

describe('messages', () => {
  it('wait for the session, and are refused when there is none', async () => {
    const shop = await node();
    const live = await shop.connect(await shop.loggedIn());
    live.send('who'); // Before anybody knows the session.
    expect(await live.heard('you')).toBe('alice');
    const stranger = await shop.connect();
    stranger.send('who');
    await stranger.closed;
    expect(stranger.messages.some(({ event }) => event === 'you')).toBe(false);
  });

  it('are refused after the end, also where the client does not close', async () => {
    const shop = await node({ sockets: NEVER });
    const visitor = await shop.loggedIn();
    const live = await shop.admitted(visitor);
    // The client does not read, so it does not answer the close frame, but it goes on sending.
    live.socket.pause();
    await visitor.post('/logout');
    live.send('who');
    live.socket.resume();
    await live.closed;
    expect(live.messages.map(({ event }) => event)).toEqual(['hello']);
  });

  it('are refused with an error where the gateway forgot to admit the socket', async () => {
    const shop = await node();
    const visitor = await shop.loggedIn();
    const live = await shop.connect(visitor, { origin: shop.url, 'x-forgotten': 'yes' });
    live.send('who');
    expect(await live.heard('exception')).toMatchObject({ status: 'error' });
    expect(live.messages.some(({ event }) => event === 'you')).toBe(false);
  });

  it('renew the session where `sockets.touch` says so', async () => {
    const shop = await node({ idleTimeout: '20s', sockets: { ...NEVER, touch: true } });
    const visitor = await shop.loggedIn();
    const live = await shop.admitted(visitor);
    const key = `sess:${idOf(visitor)}`;
    await bench.redis.use((client) => client.pexpire(key, 9000));
    await eventually(async () => {
      live.send('who');
      expect(await bench.redis.use((client) => client.pttl(key))).toBeGreaterThan(15_000);
    }, 8000);
  }, 15_000);
});
