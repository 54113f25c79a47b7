import { beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { shopper } from '../shopper.js';
import { TwoShops } from './two-shops.js';

interface Line {
  readonly productId: number;
  readonly quantity: number;
}

export function describeCarts(opened: () => TwoShops): void {
  describe('a cart in two tabs', () => {
    let shops: TwoShops;

    beforeAll(() => {
      shops = opened();
    });

    /** A visitor whose cart holds something, and two tabs of their browser that reach different processes. */
    async function visitor(...lines: readonly Line[]): Promise<[Tab, Tab]> {
      const [first = { productId: 1, quantity: 1 }, ...rest] = lines;
      const answer = await shopper(shops.one.url).post('/api/cart').send(first).expect(200);
      const [cookie = ''] = answer.headers['set-cookie'] as unknown as string[];
      const tabs = await Promise.all(
        [shops.one.url, shops.other.url].map((url) => Tab.open(url, cookie.split(';')[0]!)),
      );
      for (const line of rest) await tabs[0]!.add(line.productId, line.quantity);
      return tabs as [Tab, Tab];
    }

    it('keeps every piece that both add at the same moment', async () => {
      const tabs = await visitor({ productId: 31, quantity: 1 });
      const adds = Array.from({ length: 24 }, (_, index) =>
        tabs[index % 2]!.add(index % 3 === 0 ? 100 + index : 31, 1),
      );
      await Promise.all(adds);
      const { count, items } = await tabs[0].cart();
      expect(count).toBe(25);
      expect(items).toContainEqual(expect.objectContaining({ productId: 31, quantity: 17 }));
      expect(items).toHaveLength(9);
    });

    it('keeps an add, a removal and a typed quantity of different lines', async () => {
      const tabs = await visitor(
        { productId: 50, quantity: 3 },
        { productId: 51, quantity: 2 },
        { productId: 52, quantity: 1 },
      );
      await Promise.all([
        tabs[0].type(50, 0),
        tabs[1].type(51, 9),
        tabs[0].add(52, 1),
        tabs[1].add(52, 2),
        tabs[0].add(53, 4),
      ]);
      const { items } = await tabs[1].cart();
      expect(items.map(({ productId, quantity }) => [productId, quantity])).toEqual([
        [51, 9],
        [52, 4],
        [53, 4],
      ]);
    });

    it('takes a quantity that both type once, and never more than 99', async () => {
      const tabs = await visitor({ productId: 60, quantity: 3 }, { productId: 61, quantity: 60 });
      await Promise.all([
        tabs[0].type(60, 5),
        tabs[1].type(60, 5),
        tabs[0].add(61, 60),
        tabs[1].add(61, 60),
      ]);
      const { items } = await tabs[0].cart();
      expect(items.map(({ productId, quantity }) => [productId, quantity])).toEqual([
        [60, 5],
        [61, 99],
      ]);
    });

    it('counts every page that both look at', async () => {
      const tabs = await visitor();
      await Promise.all(Array.from({ length: 10 }, (_, index) => tabs[index % 2]!.look()));
      expect(await tabs[0].look()).toBe(11);
    });
  });
}

class Tab {
  private constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  static async open(url: string, cookie: string): Promise<Tab> {
    const { body } = await request(url).get('/api/csrf').set('Cookie', cookie).expect(200);
    return new Tab(url, { cookie, 'x-csrf-token': (body as { token: string }).token });
  }

  async add(productId: number, quantity: number): Promise<void> {
    const body = { productId, quantity };
    await request(this.url).post('/api/cart').set(this.headers).send(body).expect(200);
  }

  /** The form of the cart page; 0 is its button "Remove". */
  async type(productId: number, quantity: number): Promise<void> {
    const form = request(this.url).post('/cart/change').set(this.headers).type('form');
    await form.send({ productId, quantity }).expect(303);
  }

  async cart(): Promise<{ count: number; items: Line[] }> {
    const { body } = await request(this.url).get('/api/cart').set(this.headers);
    return body as { count: number; items: Line[] };
  }

  async look(): Promise<number> {
    const { body } = await request(this.url).get('/api/views').set(this.headers);
    return (body as { views: number }).views;
  }
}
