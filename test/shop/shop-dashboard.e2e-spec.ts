import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { ShopProcess } from './shop-process.js';
import { shopper, type Shopper } from './shopper.js';

const ALICE = { email: 'alice@example.com', password: 'correct horse battery' };
const BOB = { email: 'bob@example.com', password: 'quiet orchard lantern' };

let shop: ShopProcess;
beforeAll(async () => {
  shop = await ShopProcess.start();
}, 90_000);
afterAll(() => shop?.stop());

async function loggedIn(credentials: typeof ALICE): Promise<Shopper> {
  const agent = shopper(shop.url);
  await agent.post('/api/login').send(credentials).expect(200);
  return agent;
}

it('sends a stranger to the login', async () => {
  const page = await request(shop.url).get('/redis/').set('accept', 'text/html').expect(302);
  expect(page.headers['location']).toMatch(/^\/login\?returnTo=/);
  await request(shop.url).get('/redis/api/overview').set('accept', 'application/json').expect(401);
});

it('is for the administrator alone', async () => {
  await (await loggedIn(BOB)).get('/redis/').expect(403);
  const alice = await loggedIn(ALICE);
  const page = await alice.get('/redis/').expect(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  const caches = await alice.get('/redis/api/caches').expect(200);
  expect(caches.body.value.map(({ name }: { name: string }) => name)).toContain('http');
  await alice
    .post('/redis/api/user-sessions')
    .set({ 'x-redis-dashboard': '1', 'sec-fetch-site': 'same-origin' })
    .send({ userId: 'u1' })
    .expect(200);
});
