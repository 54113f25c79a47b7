import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ShopProcess } from './shop-process.js';
import { shopper, type Shopper } from './shopper.js';

const ALICE = { email: 'alice@example.com', password: 'correct horse battery' };
const LINE = { productId: 5, quantity: 1 };
const FOREIGN = [
  { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { 'sec-fetch-site': 'same-site' },
];

describe('forms of other sites', () => {
  let shop: ShopProcess;

  beforeAll(async () => {
    shop = await ShopProcess.start();
  }, 120_000);

  afterAll(() => shop?.stop());

  const cookiesOf = (answer: request.Response): unknown => answer.headers['set-cookie'];

  /** A browser without scripts: what it posts is what stands in a form of the page. */
  async function pageOf(client: Shopper, path: string): Promise<string[]> {
    const { text } = await client.get(path).set('Accept', 'text/html').expect(200);
    return [...text.matchAll(/<form[^>]*method="post">[\s\S]*?<\/form>/g)].map(([form]) => form);
  }

  const tokenIn = (form: string): string | undefined =>
    /name="_csrf" value="([\w-]{20,})"/.exec(form)?.[1];

  it.each([
    ['/login', ALICE],
    ['/logout', {}],
    ['/cart', LINE],
    ['/cart/change', LINE],
    ['/purchases', {}],
    ['/devices/logout-all', {}],
    ['/products/5', { price: '1' }],
    ['/api/login', ALICE],
    ['/api/cart', LINE],
  ])('may not post to %s, whatever they say of themselves', async (path, fields) => {
    for (const sender of FOREIGN) {
      // The visitor's own cookies and token: it is the page that is wrong.
      const answer = await shopper(shop.url).post(path).set(sender).type('form').send(fields);
      expect([sender, answer.status, cookiesOf(answer)]).toEqual([sender, 403, undefined]);
    }
    const { status, headers } = await request(shop.url).post(path).type('form').send(fields);
    expect([status, headers['set-cookie']]).toEqual([403, undefined]);
  });

  it('get no token for an app: that login is JSON, which no form can send', async () => {
    for (const type of ['form', 'text/plain']) {
      const body = type === 'form' ? ALICE : JSON.stringify(ALICE);
      const answer = await request(shop.url).post('/api/token').type(type).send(body);
      expect([answer.status, answer.text]).toEqual([415, expect.not.stringContaining('token')]);
    }
    await request(shop.url).post('/api/token').send(ALICE).expect(200);
  });

  it('are refused with a page that says what to do', async () => {
    const { text } = await request(shop.url)
      .post('/login')
      .set({ accept: 'text/html', origin: 'https://evil.example' })
      .type('form')
      .send(ALICE)
      .expect(403)
      .expect('content-type', /html/);
    expect(text).toContain('sent by a page of another site');
  });

  it('differ from those of the shop, which bear a token that passes', async () => {
    const alice = request.agent(shop.url);
    const [login] = await pageOf(alice, '/login');
    const send = (path: string, form: string, fields: object): request.Test =>
      alice
        .post(path)
        .type('form')
        .send({ ...fields, _csrf: tokenIn(form) });
    await send('/login', login!, ALICE).expect(303);
    // The token of the visitor is none of the user.
    await send('/logout', login!, {}).expect(403);
    await alice.post('/cart').set('sec-fetch-site', 'same-origin').type('form').send(LINE);
    for (const path of ['/cart', '/devices', '/profile', '/products/5/edit']) {
      const forms = await pageOf(alice, path);
      expect(forms.length).toBeGreaterThan(0);
      expect(forms.filter((form) => tokenIn(form) === undefined)).toEqual([]);
    }
    const cart = await pageOf(alice, '/cart');
    await send('/cart/change', cart[0]!, { productId: 5, quantity: 2 }).expect(303);
    await send('/purchases', cart.at(-1)!, {}).expect(303);
    const [, everywhere] = (await pageOf(alice, '/devices')).slice(-2);
    await send('/devices/logout-all', everywhere!, {}).expect(303);
  });

  it.each([
    { 'sec-fetch-site': 'same-origin' },
    // A browser on plain HTTP sends only this.
    { origin: 'own' },
  ])('differ from the form on a cached page, which has no token: %j', async (sender) => {
    const visitor = request.agent(shop.url);
    const [form] = await pageOf(visitor, '/products/5');
    expect(form).not.toContain('_csrf');
    const headers = Object.hasOwn(sender, 'origin') ? { origin: shop.url } : sender;
    await visitor.post('/cart').set(headers).type('form').send(LINE).expect(303);
    expect((await visitor.get('/cart')).text).toContain('1 piece<');
    // Only there: what has a page of its own needs the token.
    await visitor.post('/cart/change').set(headers).type('form').send(LINE).expect(403);
  });
});
