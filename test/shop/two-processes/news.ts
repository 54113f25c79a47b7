import { beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../../support/eventually.js';
import { shopper } from '../shopper.js';
import { DeviceNewsClient } from './device-news.js';
import { ALICE, BOB, TwoShops } from './two-shops.js';

interface App {
  readonly headers: { readonly authorization: string };
  readonly handle: string;
}

export function describeNews(opened: () => TwoShops): void {
  describe('the news of devices', () => {
    let shops: TwoShops;

    beforeAll(() => {
      shops = opened();
    });

    async function login(
      credentials = ALICE,
      userAgent = 'LindenRow/1.0 (Android 14)',
    ): Promise<App> {
      const answer = await request(shops.one.url)
        .post('/api/token')
        .set('User-Agent', userAgent)
        .send(credentials)
        .expect(200);
      const headers = { authorization: `Bearer ${(answer.body as { token: string }).token}` };
      const { body } = await request(shops.one.url).get('/api/devices').set(headers).expect(200);
      const { devices } = body as { devices: { handle: string; isCurrent: boolean }[] };
      return { headers, handle: devices.find(({ isCurrent }) => isCurrent)!.handle };
    }

    /** Opens a stream and waits until it is heard. */
    async function listen({ headers }: App, url = shops.other.url): Promise<DeviceNewsClient> {
      const stream = await DeviceNewsClient.open(url, headers);
      await eventually(() => expect(stream.messages[0]?.type).toBe('alive'));
      return stream;
    }

    it('tells a device that it was logged out by another one, on another process, and ends', async () => {
      const [here, there] = await Promise.all([login(), login()]);
      const stream = await listen(there);
      await request(shops.one.url)
        .delete(`/api/devices/${there.handle}`)
        .set(here.headers)
        .expect(204);
      await stream.ended;
      expect(stream.news.at(-1)).toEqual({
        type: 'ended',
        data: { reason: 'elsewhere', text: 'You were logged out on another device.' },
      });
      await expect(listen(there)).rejects.toThrow('refused with 401');
    });

    it('tells the others who came and who went', async () => {
      const watcher = await login(BOB);
      const stream = await listen(watcher);
      const phone = await login(BOB, 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) CriOS/126.0');
      await request(shops.one.url).post('/api/logout').set(phone.headers).expect(204);
      await eventually(() =>
        expect(stream.news.slice(0, 2)).toEqual([
          {
            type: 'device',
            data: { handle: phone.handle, change: 'in', text: 'Chrome on iPhone logged in.' },
          },
          {
            type: 'device',
            data: { handle: phone.handle, change: 'out', text: 'Chrome on iPhone was logged out.' },
          },
        ]),
      );
      stream.close();
    });

    it('tells nobody of the devices of somebody else', async () => {
      const [alice, bob] = await Promise.all([login(ALICE), login(BOB)]);
      const stream = await listen(alice);
      await request(shops.other.url).post('/api/logout').set(bob.headers).expect(204);
      await request(shops.other.url).post('/api/devices/logout-others').set(alice.headers);
      const last = await login(ALICE);
      await eventually(() => expect(stream.news.at(-1)?.data['handle']).toBe(last.handle));
      expect(JSON.stringify(stream.news)).not.toContain(bob.handle);
      stream.close();
    });

    it('tells everyone of a logout everywhere, on both processes', async () => {
      const devices = await Promise.all([login(), login(), login()]);
      const streams = await Promise.all([
        listen(devices[0], shops.one.url),
        listen(devices[1], shops.one.url),
        listen(devices[2], shops.other.url),
      ]);
      await request(shops.one.url)
        .post('/api/devices/logout-all')
        .set(devices[0].headers)
        .expect(204);
      await Promise.all(streams.map(({ ended }) => ended));
      for (const { news } of streams) expect(news.at(-1)?.type).toBe('ended');
    });

    it('ends quietly when its browser has a new session', async () => {
      const browser = shopper(shops.one.url);
      const answer = await browser.post('/api/login').send(ALICE).expect(200);
      const [cookie = ''] = answer.headers['set-cookie'] as unknown as string[];
      const stream = await DeviceNewsClient.open(shops.other.url, {
        cookie: cookie.split(';')[0]!,
      });
      await eventually(() => expect(stream.messages).not.toHaveLength(0));
      await browser.post('/api/login').send(ALICE).expect(200);
      await stream.ended;
      expect(stream.news).toEqual([]);
    });

    it('opens at most 20 streams for one user', async () => {
      const bob = await login(BOB);
      const streams = await Promise.all(Array.from({ length: 20 }, () => listen(bob)));
      await expect(listen(bob)).rejects.toThrow('refused with 429');
      streams.forEach((stream) => stream.close());
      const again = await eventually(() => listen(bob));
      again.close();
    });

    it('ends with the shop: an open stream does not keep it from closing', async () => {
      const stream = await listen(await login(BOB));
      await shops.other.stop();
      await stream.ended;
    }, 15_000);
  });
}
