import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { ShopProcess } from './shop-process.js';
import { shopper, type Shopper } from './shopper.js';

const ALICE = { email: 'alice@example.com', password: 'correct horse battery' };
const BOB = { email: 'bob@example.com', password: 'quiet orchard lantern' };

describe('the API of the shop', () => {
  let shop: ShopProcess;

  beforeAll(async () => {
    shop = await ShopProcess.start();
  }, 120_000);

  afterAll(() => shop?.stop());

  const visitor = (): Shopper => shopper(shop.url);

  async function loggedIn(credentials = ALICE): Promise<Shopper> {
    const agent = visitor();
    await agent.post('/api/login').send(credentials).expect(200);
    return agent;
  }

  describe('products', () => {
    it.each([
      '/api/products?category=Garden&page=2',
      '/api/products?q=oak+stool',
      '/api/products/stats',
      '/api/products/11',
    ])('answers %s from the cache the second time, byte for byte', async (path) => {
      const first = await visitor().get(path).expect(200);
      expect(first.headers['cache-status']).toContain('fwd=uri-miss; stored');
      // One that comes before it is stored waits for it, and is no hit.
      const second = await eventually(async () => {
        const answer = await visitor().get(path).expect(200);
        expect(answer.headers['cache-status']).toMatch(/; hit; ttl=\d+/);
        return answer;
      });
      expect(second.text).toBe(first.text);
      expect(second.headers['server-timing']).toMatch(/cache;desc="hit", total;dur=\d/);
    });

    it.each(['/api/products?page=3', '/?page=3'])(
      'sends %s compressed from the cache',
      async (path) => {
        const plain = await fetch(shop.url + path, { headers: { 'accept-encoding': 'identity' } });
        const answer = await fetch(shop.url + path, {
          headers: { 'accept-encoding': 'br, identity;q=0' },
        });
        expect(answer.headers.get('content-encoding')).toBe('br');
        expect(await answer.text()).toBe(await plain.text());
      },
    );

    it('takes the parameters of a query in any order', async () => {
      await visitor().get('/api/products?q=lamp&category=Lighting').expect(200);
      const { headers } = await visitor().get('/api/products?category=Lighting&q=lamp').expect(200);
      expect(headers['cache-status']).toMatch(/hit|collapsed/);
    });

    it('answers a reload from the cache', async () => {
      const reload = { 'Cache-Control': 'max-age=0' };
      await visitor().get('/api/products/13').expect(200);
      const { headers } = await visitor().get('/api/products/13').set(reload).expect(200);
      expect(headers['cache-status']).toMatch(/hit|collapsed/);
    });

    it('shares its answers with those who are logged in', async () => {
      await visitor().get('/api/products/12').expect(200);
      const { headers } = await (await loggedIn()).get('/api/products/12').expect(200);
      expect(headers['cache-status']).toMatch(/hit|collapsed/);
    });

    it('offers at least 5,000 products, in pages', async () => {
      const { body } = await visitor().get('/api/products').expect(200);
      expect(body).toMatchObject({ page: 1, total: 6000, pages: 300 });
      expect(body.items).toHaveLength(20);
    });

    it('finds only products with every word of the search', async () => {
      const { body } = await visitor().get('/api/products?q=walnut+bookshelf&category=Furniture');
      expect(body.total).toBeGreaterThan(0);
      for (const { name, category } of body.items.slice(0, 5)) {
        expect(name).toMatch(/walnut bookshelf/i);
        expect(category).toBe('Furniture');
      }
    });

    it('takes the wildcards of SQL literally', async () => {
      const { body } = await visitor().get('/api/products?q=%25').expect(200);
      expect(body.total).toBe(0);
    });

    it.each([
      ['/api/products?page=0', 'page'],
      ['/api/products?page=two', 'page'],
      ['/api/products?q=a&q=b', 'q'],
      [`/api/products?q=${'x'.repeat(101)}`, 'q'],
      ['/api/products/seven', 'id'],
      ['/api/products/99999999999', 'id'],
    ])('refuses %s and names the field', async (path, field) => {
      const { body } = await visitor().get(path).expect(400);
      expect(body).toMatchObject({ statusCode: 400, field });
      expect(body.message).toContain(field);
    });

    it('does not know every product', async () => {
      const { body } = await visitor().get('/api/products/600000').expect(404);
      expect(body.message).toBe('There is no product 600000.');
    });
  });

  describe('PUT /api/products/:id', () => {
    it('changes every cached answer that shows the product, at once', async () => {
      const staff = await loggedIn();
      const paths = ['/api/products/1', '/api/products', '/', '/products/1', '/api/products/stats'];
      for (const path of paths) await visitor().get(path).expect(200);

      await staff
        .put('/api/products/1')
        .send({ name: 'The Renamed Stool', priceCents: 4242 })
        .expect(200);

      for (const path of paths) {
        const { headers, text } = await visitor().get(path).expect(200);
        expect(headers['cache-status']).toContain('fwd=uri-miss');
        expect(text).toContain('The Renamed Stool');
      }
      const { body } = await visitor().get('/api/products/1');
      expect(body).toMatchObject({ name: 'The Renamed Stool', priceCents: 4242 });
    });

    it('leaves the cached answers of other products alone', async () => {
      await visitor().get('/api/products/21').expect(200);
      await (await loggedIn()).put('/api/products/22').send({ stock: 7 }).expect(200);
      const { headers } = await visitor().get('/api/products/21').expect(200);
      expect(headers['cache-status']).toMatch(/hit|collapsed/);
    });

    it('shows the new price in a cart that is already filled', async () => {
      const customer = visitor();
      await customer.post('/api/cart').send({ productId: 23, quantity: 2 }).expect(200);
      await (await loggedIn()).put('/api/products/23').send({ priceCents: 500 }).expect(200);
      const { body } = await customer.get('/api/cart').expect(200);
      expect(body.totalCents).toBe(1000);
    });

    it.each([
      [{ priceCents: -1 }, 'priceCents'],
      [{ priceCents: 1.5 }, 'priceCents'],
      [{ name: '  ' }, 'name'],
      [{ stock: 'many' }, 'stock'],
    ])('refuses %j and names the field', async (change, field) => {
      const { body } = await (await loggedIn()).put('/api/products/2').send(change).expect(400);
      expect(body.field).toBe(field);
    });

    it('refuses a visitor, an empty change and an unknown product', async () => {
      await visitor().put('/api/products/2').send({ stock: 1 }).expect(401);
      const staff = await loggedIn();
      await staff.put('/api/products/2').send({}).expect(400);
      await staff.put('/api/products/600000').send({ stock: 1 }).expect(404);
    });
  });

  describe('account', () => {
    it('guards the profile, as JSON', async () => {
      const { body } = await visitor()
        .get('/api/profile')
        .expect(401)
        .expect('content-type', /json/);
      expect(body.statusCode).toBe(401);
    });

    it('gives each user their own profile, from login to logout', async () => {
      const [alice, bob] = await Promise.all([loggedIn(ALICE), loggedIn(BOB)]);
      for (const [agent, name] of [
        [alice, 'Alice'],
        [bob, 'Bob'],
        [alice, 'Alice'],
      ] as const) {
        const { body } = await agent.get('/api/profile').expect(200);
        expect(body.name).toBe(name);
        expect(body).not.toHaveProperty('passwordHash');
      }
      await alice.post('/api/logout').expect(204);
      await alice.get('/api/profile').expect(401);
      await bob.get('/api/profile').expect(200);
    });

    it('says the same for a wrong password and an unknown address', async () => {
      const wrong = await visitor()
        .post('/api/login')
        .send({ ...ALICE, password: 'guess' })
        .expect(401);
      const unknown = await visitor()
        .post('/api/login')
        .send({ ...ALICE, email: 'eve@example.com' })
        .expect(401);
      expect(unknown.text).toBe(wrong.text);
      expect(wrong.headers).not.toHaveProperty('set-cookie');
    });

    it.each([
      [{ password: 'x' }, 'email'],
      [{ email: 'alice@example.com' }, 'password'],
      [{ email: ['a'], password: 'x' }, 'email'],
    ])('refuses the login %j and names the field', async (credentials, field) => {
      const { body } = await visitor().post('/api/login').send(credentials).expect(400);
      expect(body.field).toBe(field);
    });
  });

  describe('cart and views', () => {
    it('keeps a cart per visitor, and keeps it at the login', async () => {
      const [one, other] = [visitor(), visitor()];
      await one.post('/api/cart').send({ productId: 31, quantity: 2 }).expect(200);
      await one.post('/api/cart').send({ productId: 31, quantity: 1 }).expect(200);
      await one.post('/api/login').send(BOB).expect(200);
      const { body } = await one.get('/api/cart').expect(200);
      expect(body).toMatchObject({ count: 3, items: [{ productId: 31, quantity: 3 }] });
      expect((await other.get('/api/cart').expect(200)).body).toEqual({
        items: [],
        count: 0,
        totalCents: 0,
      });
    });

    it.each([
      [{ quantity: 1 }, 'productId'],
      [{ productId: 31 }, 'quantity'],
      [{ productId: 31, quantity: 0 }, 'quantity'],
      [{ productId: 31, quantity: 100 }, 'quantity'],
    ])('refuses %j in the cart and names the field', async (line, field) => {
      const { body } = await visitor().post('/api/cart').send(line).expect(400);
      expect(body.field).toBe(field);
    });

    it('refuses an unknown product in the cart', async () => {
      await visitor().post('/api/cart').send({ productId: 600_000, quantity: 1 }).expect(404);
    });

    it('counts the views of each visitor', async () => {
      const one = visitor();
      await one.get('/api/views').expect(200, { views: 1, messages: [] });
      await one.get('/api/views').expect(200, { views: 2, messages: [] });
      await visitor().get('/api/views').expect(200, { views: 1, messages: [] });
    });

    it('never stores an answer that belongs to a visitor', async () => {
      const alice = await loggedIn();
      for (const path of ['/api/me', '/api/cart', '/api/profile', '/api/views']) {
        const { headers } = await alice.get(path).expect(200);
        expect(headers).not.toHaveProperty('cache-status');
        expect(headers['cache-control']).toBe('no-store');
      }
    });
  });
});
