import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { ShopProcess } from './shop-process.js';
import { shopper } from './shopper.js';

interface LiveState {
  readonly board: readonly { readonly productId: number; readonly pieces: number }[];
  readonly recent: readonly { readonly productId: number; readonly quantity: number }[];
}

let redis: RedisServer;
let shops: ShopProcess[] = [];
const streams: IncomingMessage[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  const env = {
    REDIS_URL: redis.url,
    SESSION_SECRET: 'a secret for tests, longer than 32 characters',
  };
  shops = await Promise.all([ShopProcess.start(env), ShopProcess.start(env)]);
}, 120_000);
afterAll(async () => {
  for (const stream of streams) stream.destroy();
  await Promise.all(shops.map((shop) => shop.stop()));
  await redis.stop();
});

/** Server-sent events of a shop, as text that grows. */
async function listen(shop: ShopProcess): Promise<() => string> {
  const [response] = (await once(get(`${shop.url}/api/live/events`), 'response')) as [
    IncomingMessage,
  ];
  streams.push(response);
  expect(response.headers['content-type']).toMatch(/text\/event-stream/);
  let text = '';
  response.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function buy(shop: ShopProcess, productId: number, quantity: number): Promise<void> {
  const visitor = shopper(shop.url);
  await visitor.post('/cart').type('form').send({ productId, quantity }).expect(303);
  const { headers } = await visitor.post('/purchases').expect(303);
  expect(headers['location']).toBe('/live');
  expect((await visitor.get('/live')).text).toContain('Thank you for your purchase.');
  expect((await visitor.get('/cart')).text).toContain('Your cart is empty.');
}

async function stateOf(shop: ShopProcess): Promise<LiveState> {
  return (await request(shop.url).get('/api/live').expect(200)).body as LiveState;
}

describe('the live page', () => {
  it('shows in every process what is bought in one', async () => {
    const heard = await Promise.all(shops.map(listen));
    await buy(shops[0]!, 5, 2);
    await buy(shops[1]!, 7, 3);
    await buy(shops[1]!, 5, 4);
    for (const text of heard) {
      await eventually(() => {
        expect(text().match(/event: sale/g)).toHaveLength(3);
        expect(text()).toMatch(/event: board[\s\S]*"productId":5[^}]*"pieces":6/);
      });
    }
    for (const shop of shops) {
      const { board, recent } = await stateOf(shop);
      expect(board.map(({ productId, pieces }) => [productId, pieces])).toEqual([
        [5, 6],
        [7, 3],
      ]);
      expect(recent.map(({ productId, quantity }) => [productId, quantity])).toEqual([
        [5, 4],
        [7, 3],
        [5, 2],
      ]);
    }
    const { text } = await request(shops[0]!.url).get('/live').expect(200);
    expect(text).toContain('href="/products/7"');
  });

  it('counts a purchase that was handled before only once', async () => {
    const before = await stateOf(shops[0]!);
    const [, , again] = before.recent;
    expect(again).toBeDefined();
    const sale = again as unknown as { id: string; at: number };
    const [id] = sale.id.split(':');
    await redis.use((client) =>
      client.xadd(
        'app:stream:{purchases}',
        '*',
        'd',
        JSON.stringify({ id, at: sale.at, lines: [{ productId: 5, name: 'x', quantity: 2 }] }),
      ),
    );
    await eventually(async () => {
      expect(await redis.use((client) => client.xlen('app:stream:{purchases}'))).toBe(0);
    });
    expect((await stateOf(shops[0]!)).board).toEqual(before.board);
  });

  it('has nothing to buy in an empty cart', async () => {
    await shopper(shops[0]!.url).post('/purchases').set('Accept', 'text/html').expect(400);
  });
});
