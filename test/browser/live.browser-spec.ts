import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { ShopProcess } from '../shop/shop-process.js';
import { shopper } from '../shop/shopper.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
let shops: ShopProcess[] = [];
let browser: Browser;

beforeAll(async () => {
  redis = await RedisServer.start();
  const env = {
    REDIS_URL: redis.url,
    SESSION_SECRET: 'a secret for tests, longer than 32 characters',
  };
  shops = await Promise.all([ShopProcess.start(env), ShopProcess.start(env)]);
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all(shops.map((shop) => shop.stop()));
  await redis?.stop();
});

async function buy(shop: ShopProcess, productId: number, quantity: number): Promise<void> {
  const visitor = shopper(shop.url);
  await visitor.post('/cart').type('form').send({ productId, quantity }).expect(303);
  await visitor.post('/purchases').expect(303);
}

it('shows on the live page of one process what another one sells, on a phone too', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  const [one, two] = shops;
  await page.goto(`${one!.url}/live`);
  await page.getByText('Nobody has bought anything today.').waitFor();
  await page.getByText('Up to date').waitFor();
  await buy(two!, 5, 2);
  await buy(two!, 7, 3);
  const board = page.locator('[data-live-board] li');
  const feed = page.locator('[data-live-feed] li');
  await eventually(async () => expect(await feed.count()).toBe(2));
  await eventually(async () => {
    expect(await board.locator('.number').allTextContents()).toEqual(['3', '2']);
  });
  expect(await page.getByText('Nobody has bought anything today.').isVisible()).toBe(false);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  await context.close();
}, 60_000);
