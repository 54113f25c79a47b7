import { beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { shopper, type Shopper } from '../shopper.js';
import { ALICE, BOB, TwoShops } from './two-shops.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';
const PAGE = 'text/html,application/xhtml+xml,*/*;q=0.8';

interface Device {
  readonly handle: string;
  readonly name: string;
  readonly isCurrent: boolean;
}

export function describeDevices(opened: () => TwoShops): void {
  describe('the devices of a user', () => {
    let shops: TwoShops;

    beforeAll(() => {
      shops = opened();
    });

    async function browser(
      url = shops.one.url,
      { credentials = ALICE, userAgent = FIREFOX } = {},
    ): Promise<Shopper> {
      const agent = shopper(url).set('User-Agent', userAgent);
      await agent.post('/api/login').send(credentials).expect(200);
      return agent;
    }

    async function devicesOf(agent: Shopper): Promise<Device[]> {
      const { body } = await agent.get('/api/devices').expect(200);
      return (body as { devices: Device[] }).devices;
    }

    async function ownHandle(agent: Shopper): Promise<string> {
      return (await devicesOf(agent)).find(({ isCurrent }) => isCurrent)!.handle;
    }

    describe('a browser', () => {
      it('sees all of them by name, its own first', async () => {
        const phone =
          'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Safari/604.1';
        await browser(shops.other.url, { credentials: BOB, userAgent: phone });
        const here = await browser(shops.one.url, { credentials: BOB });
        expect(await devicesOf(here)).toEqual([
          {
            handle: expect.stringMatching(/^[0-9a-f]{32}$/),
            name: 'Firefox on Linux',
            ip: '127.0.0.1',
            isHandheld: false,
            isCurrent: true,
            createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
            lastSeenAt: expect.stringMatching(/^\d{4}-.*Z$/),
          },
          expect.objectContaining({ name: 'Safari on iPhone', isHandheld: true, isCurrent: false }),
        ]);
      });

      it('logs one out that another process serves', async () => {
        const [here, there] = await Promise.all([browser(), browser(shops.other.url)]);
        await here.delete(`/api/devices/${await ownHandle(there)}`).expect(204);
        await there.get('/api/profile').expect(401);
        await here.get('/api/profile').expect(200);
      });

      it('cannot log out a device of somebody else', async () => {
        const [alice, bob] = await Promise.all([
          browser(),
          browser(shops.other.url, { credentials: BOB }),
        ]);
        const { body } = await bob.delete(`/api/devices/${await ownHandle(alice)}`).expect(404);
        expect(body.message).toContain('no such device');
        await bob.delete('/api/devices/nonsense').expect(404);
        await alice.get('/api/profile').expect(200);
      });

      it('logs out all others and stays', async () => {
        const [here, there] = await Promise.all([browser(), browser(shops.other.url)]);
        const { body } = await here.post('/api/devices/logout-others').expect(200);
        expect(body.loggedOut).toBeGreaterThanOrEqual(1);
        await there.get('/api/profile').expect(401);
        expect(await devicesOf(here)).toHaveLength(1);
      });

      it('logs out everywhere, here too, and loses its cookie', async () => {
        const [here, there] = await Promise.all([browser(), browser(shops.other.url)]);
        const { headers } = await here.post('/api/devices/logout-all').expect(204);
        expect(headers['set-cookie']?.[0]).toMatch(/^sid=;.*Expires=Thu, 01 Jan 1970/);
        await here.get('/api/profile').expect(401);
        await there.get('/api/profile').expect(401);
      });

      it.each([
        ['get', '/api/devices'],
        ['get', '/api/devices/events'],
        ['delete', '/api/devices/0123456789abcdef0123456789abcdef'],
        ['post', '/api/devices/logout-others'],
        ['post', '/api/devices/logout-all'],
      ] as const)('without a login may not %s %s', async (method, path) => {
        await shopper(shops.one.url)[method](path).expect(401);
      });
    });

    describe('the page', () => {
      it('lists the devices, escaped, with a form for each', async () => {
        await browser(shops.other.url, {
          userAgent: '"><script>alert(1)</script> (Windows NT 10.0)',
        });
        const here = await browser();
        const { text, headers } = await here.get('/devices').set('Accept', PAGE).expect(200);
        expect(headers['cache-control']).toBe('no-store');
        expect(text).toContain('A browser on Windows');
        expect(text).toContain('Firefox on Linux <span class="tag">This device</span>');
        expect(text).toContain('action="/devices/revoke" method="post"');
        expect(text).not.toContain('alert(1)');
      });

      it('logs a device out by its form, and says so when the list was old', async () => {
        const [here, there] = await Promise.all([browser(), browser(shops.other.url)]);
        const handle = await ownHandle(there);
        const revoke = (): request.Test =>
          here.post('/devices/revoke').type('form').send({ handle });
        await revoke().expect(303).expect('location', '/devices');
        await there.get('/api/profile').expect(401);
        expect((await here.get('/devices')).text).toContain('The device is logged out.');
        await revoke().expect(303).expect('location', '/devices');
        const { text } = await here.get('/devices').set('Accept', PAGE).expect(200);
        expect(text).toContain('That device had logged out already.');
      });

      it('logs out everywhere and asks for a new login', async () => {
        const here = await browser();
        await here.post('/devices/logout-others').expect(303).expect('location', '/devices');
        await here
          .post('/devices/logout-all')
          .expect(303)
          .expect('location', '/login?notice=everywhere');
        const { text } = await here.get('/login?notice=everywhere').set('Accept', PAGE).expect(200);
        expect(text).toContain('You are logged out on all your devices.');
      });

      it('leads a visitor to the login, and says nothing that an address tells it to', async () => {
        const visitor = request.agent(shops.one.url).set('Accept', PAGE);
        await visitor.get('/devices').expect(302).expect('location', '/login?returnTo=%2Fdevices');
        const { text } = await visitor.get('/login?notice=You+won').expect(200);
        expect(text).not.toContain('You won');
      });
    });

    describe('an app with a token', () => {
      const app = (token: string, url = shops.other.url): Shopper =>
        request.agent(url).set('Authorization', `Bearer ${token}`);

      async function login(credentials: object | undefined): Promise<request.Response> {
        return request(shops.one.url)
          .post('/api/token')
          .set('User-Agent', 'LindenRow/1.0 (Android 14)')
          .send(credentials);
      }

      it('gets it by its login, without a cookie, and is a device like the others', async () => {
        const answer = await login(ALICE);
        expect(answer.status).toBe(200);
        expect(answer.headers).not.toHaveProperty('set-cookie');
        expect(answer.headers['cache-control']).toBe('no-store');
        const { token, user } = answer.body as { token: string; user: { name: string } };
        expect(user.name).toBe('Alice');
        const devices = await devicesOf(app(token));
        expect(devices[0]).toMatchObject({ name: 'Linden Row app on Android', isCurrent: true });
        // It has a cart as well.
        await app(token).post('/api/cart').send({ productId: 70, quantity: 2 }).expect(200);
        expect((await app(token, shops.one.url).get('/api/cart')).body).toMatchObject({ count: 2 });
      });

      it('logs out, and the token is worth nothing', async () => {
        const { token } = (await login(ALICE)).body as { token: string };
        await app(token).post('/api/logout').expect(204);
        await app(token, shops.one.url).get('/api/profile').expect(401);
      });

      it('is logged out by a browser', async () => {
        const { token } = (await login(ALICE)).body as { token: string };
        const here = await browser();
        await here.delete(`/api/devices/${await ownHandle(app(token))}`).expect(204);
        await app(token).get('/api/devices').expect(401);
      });

      it.each([
        ['no body', undefined, 415],
        ['no password', { email: ALICE.email }, 400],
        ['a wrong password', { ...ALICE, password: 'guess' }, 401],
      ])('gets none for %s', async (_, credentials, status) => {
        const { body, headers } = await login(credentials);
        expect([body.statusCode, headers['x-session-token']]).toEqual([status, undefined]);
      });

      it('is nobody with a token that was changed', async () => {
        const { token } = (await login(ALICE)).body as { token: string };
        await app(`x${token}`).get('/api/devices').expect(401);
      });
    });
  });
}
