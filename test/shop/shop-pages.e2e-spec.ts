import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ShopProcess } from './shop-process.js';
import { shopper, type Shopper } from './shopper.js';

/** What works without scripts: links and forms. */
describe('the pages of the shop', () => {
  let shop: ShopProcess;

  beforeAll(async () => {
    shop = await ShopProcess.start();
  }, 120_000);

  afterAll(() => shop?.stop());

  const browser = (): Shopper =>
    shopper(shop.url).set('Accept', 'text/html,application/xhtml+xml,*/*;q=0.8');
  const login = { email: 'alice@example.com', password: 'correct horse battery' };

  it.each(['/', '/?category=Kitchen&page=2', '/stats', '/products/41'])(
    'serves %s from the cache to the next visitor, without anything personal',
    async (path) => {
      const alice = browser();
      await alice.post('/login').type('form').send(login).expect(303);
      await alice.post('/cart').type('form').send({ productId: 5, quantity: 77 }).expect(303);
      const first = await alice.get(path).expect(200);
      const second = await browser().get(path).expect(200);
      // Or waited for the first, if that was not stored yet.
      expect(second.headers['cache-status']).toMatch(/hit|collapsed/);
      expect(second.headers).not.toHaveProperty('set-cookie');
      expect(second.text).toBe(first.text);
      expect(second.text).not.toContain('Alice');
      expect(second.text).toContain('data-cart hidden></span>');
    },
  );

  it('leads a visitor from a guarded page over the login back to it', async () => {
    const visitor = browser();
    const guarded = await visitor.get('/products/6/edit').expect(302);
    expect(guarded.headers.location).toBe('/login?returnTo=%2Fproducts%2F6%2Fedit');
    const form = await visitor.get(guarded.headers.location ?? '').expect(200);
    expect(form.text).toContain('name="returnTo" value="/products/6/edit"');
    await visitor
      .post('/login')
      .type('form')
      .send({ ...login, returnTo: '/products/6/edit' })
      .expect(303)
      .expect('location', '/products/6/edit');
    await visitor.get('/products/6/edit').expect(200);
  });

  it.each(['//evil.example', 'https://evil.example/', String.raw`/\evil.example`])(
    'does not go to %s after the login',
    async (returnTo) => {
      await browser()
        .post('/login')
        .type('form')
        .send({ ...login, returnTo })
        .expect(303)
        .expect('location', '/');
    },
  );

  it('shows the login again after a wrong password, with the address and escaped', async () => {
    const email = '"><script>alert(1)</script>';
    const { text } = await browser()
      .post('/login')
      .type('form')
      .send({ email, password: 'x' })
      .expect(401);
    expect(text).toContain('Email or password is not right.');
    expect(text).toContain('value="&quot;&gt;&lt;script&gt;');
  });

  it('refuses a login without a form', async () => {
    await browser().post('/login').expect(400);
  });

  it('changes the cached page of a product by the edit form', async () => {
    const staff = browser();
    await staff.post('/login').type('form').send(login).expect(303);
    await browser().get('/products/44').expect(200);
    const changes = { name: 'Lamp of Tests', price: '19.90', stock: '3', description: 'Bright.' };
    await staff
      .post('/products/44')
      .type('form')
      .send(changes)
      .expect(303)
      .expect('location', '/products/44');
    const { text } = await browser().get('/products/44').expect(200);
    expect(text).toContain('Lamp of Tests');
    expect(text).toContain('$19.90');
    expect(text).toContain('Only 3 left');
  });

  it('fills, changes and empties the cart', async () => {
    const visitor = browser();
    await visitor.post('/cart').type('form').send({ productId: 45, quantity: 2 }).expect(303);
    expect((await visitor.get('/cart').expect(200)).text).toContain('2 pieces');
    await visitor
      .post('/cart/change')
      .type('form')
      .send({ productId: 45, quantity: 1 })
      .expect(303);
    expect((await visitor.get('/cart').expect(200)).text).toContain('1 piece<');
    await visitor
      .post('/cart/change')
      .type('form')
      .send({ productId: 45, quantity: 0 })
      .expect(303);
    expect((await visitor.get('/cart').expect(200)).text).toContain('Your cart is empty.');
  });

  it.each([
    ['/products/600000', 404, 'There is no product 600000.'],
    ['/?page=none', 400, 'page must be a whole number'],
    ['/nowhere', 404, 'Nothing here'],
  ])('answers %s with a page that says why', async (path, status, words) => {
    const { text } = await browser().get(path).expect(status).expect('content-type', /html/);
    expect(text).toContain(words);
    expect(text).toContain('Back to the catalogue');
  });
});
