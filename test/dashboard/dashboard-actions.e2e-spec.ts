import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger, type CallHandler } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { CsrfGuard, SessionService } from 'nestjs-redis-kit';
import { map } from 'rxjs';
import { urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { cacheOf, fillApp, startDashboardApp, Stock } from './dashboard-app.js';
import { ADMIN, DashboardClient, OWN, PLAIN } from './dashboard-client.js';

let redis: RedisServer;
let app: NestExpressApplication;
let dashboard: DashboardClient;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisServer.start();
  app = await startDashboardApp(redis);
  dashboard = new DashboardClient(await urlOf(app));
  await fillApp(app);
}, 60_000);

afterAll(async () => {
  await app?.close();
  await redis?.stop();
});

const envelope = (data: unknown): object => ({ data });

describe('actions', () => {
  it.each<[string, Record<string, string>]>([
    ['another site', { ...OWN, 'sec-fetch-site': 'cross-site' }],
    ['another origin', { ...PLAIN, origin: 'http://evil.example' }],
    ['nobody knows who', PLAIN],
    ['a form', { ...ADMIN, 'content-type': 'text/plain', 'sec-fetch-site': 'same-origin' }],
  ])('of %s are refused', async (_name, headers) => {
    const response = await dashboard.post('clear', { cache: 'products' }, headers);
    expect(response.status).toBe(403);
    expect(await cacheOf(app, 'products').has('product:1')).toBe(true);
  });

  it.each([
    {},
    { cache: 'products' },
    { cache: 'products', key: 7 },
    { cache: 'products', key: '' },
  ])('refuse the body %j', async (body) => {
    const response = await dashboard.post('entry', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('is missing') });
  });

  it('pass a CsrfGuard of the whole application, whose tokens the pages do not have', async () => {
    const guarded = await startDashboardApp(redis, [{ provide: APP_GUARD, useClass: CsrfGuard }]);
    try {
      const own = new DashboardClient(await urlOf(guarded));
      const body = { cache: 'products', key: 'product:1' };
      expect((await own.post('entry', body)).status).toBe(200);
      const foreign = { ...OWN, 'sec-fetch-site': 'cross-site' };
      expect((await own.post('entry', body, foreign)).status).toBe(403);
    } finally {
      await guarded.close();
    }
  });

  it('and reads are answered as they are where the application wraps what handlers return', async () => {
    const wrap = {
      intercept: (_: unknown, next: CallHandler) => next.handle().pipe(map(envelope)),
    };
    const wrapped = await startDashboardApp(redis, [{ provide: APP_INTERCEPTOR, useValue: wrap }]);
    try {
      const own = new DashboardClient(await urlOf(wrapped));
      expect(await own.read('overview')).toHaveProperty('points');
      const body = { cache: 'products', key: 'product:1' };
      expect(await own.answerOf('entry', body)).toHaveProperty('entry.tier');
      expect((await own.post('purge-tag', { tag: 'nothing' })).status).toBe(204);
    } finally {
      await wrapped.close();
    }
  });

  it('write no line of a log that a request made up', async () => {
    const lines: string[] = [];
    const log = jest
      .spyOn(Logger.prototype, 'log')
      .mockImplementation((line: unknown) => void lines.push(String(line)));
    try {
      const handle = 'x\n[Nest] LOG everything is fine';
      expect(await dashboard.answerOf('revoke', { userId: 'u', handle })).toEqual({ revoked: 0 });
      await dashboard.post('purge-tag', { tag: 'nothing' });
      expect(lines).toEqual(['The dashboard invalidated a tag.']);
    } finally {
      log.mockRestore();
    }
  });

  it('know no cache that is not there', async () => {
    for (const cache of ['none', '__proto__', 'constructor'])
      expect((await dashboard.post('entry', { cache, key: 'k' })).status).toBe(404);
  });
});

describe('a key', () => {
  it('is shown without its value, and looking is no use of it', async () => {
    const { value: before } = (await (await dashboard.get('/api/caches')).json()) as {
      value: { name: string; traffic: { l1Hits: number; l2Hits: number; misses: number } }[];
    };
    const { entry } = await dashboard.answerOf<{ entry: Record<string, unknown> }>('entry', {
      cache: 'products',
      key: 'product:7',
    });
    expect(entry).toMatchObject({ tags: ['catalogue'], bytes: expect.any(Number) });
    expect(JSON.stringify(entry)).not.toContain('Product 7');
    await dashboard.answerOf('entry', { cache: 'products', key: 'gone' });
    const { value: after } = (await (await dashboard.get('/api/caches')).json()) as {
      value: typeof before;
    };
    const traffic = (list: typeof before): unknown =>
      list.find(({ name }) => name === 'products')?.traffic;
    expect(traffic(after)).toEqual(traffic(before));
  });

  it('tells its value when asked, but no secret in it', async () => {
    const { value } = await dashboard.answerOf<{ value: string }>('value', {
      cache: 'products',
      key: 'account',
    });
    expect(JSON.parse(value)).toEqual({ name: 'Ada', accessToken: '(hidden)' });
  });

  it('is removed as a copy, never from its source', async () => {
    await eventually(() => expect(app.get(Stock).rows.get('lamp')).toBe(-3));
    expect(await dashboard.answerOf('remove-key', { cache: 'stock', key: 'lamp' })).toEqual({
      removed: true,
    });
    expect(app.get(Stock).rows.get('lamp')).toBe(-3);
    expect(await dashboard.answerOf('entry', { cache: 'stock', key: 'lamp' })).toEqual({
      entry: null,
    });
  });

  it('ends by its tag, and with its cache', async () => {
    const searches = cacheOf(app, 'searches');
    await searches.set('a', 1, { tags: ['few'] });
    await searches.set('b', 2);
    expect((await dashboard.post('purge-tag', { tag: 'few' })).status).toBe(204);
    expect(await searches.getMany(['a', 'b'])).toEqual(new Map([['b', 2]]));
    expect((await dashboard.post('clear', { cache: 'searches' })).status).toBe(204);
    expect(await searches.has('b')).toBe(false);
  });
});

describe('sessions', () => {
  it('are listed and ended by handles; their ids are nowhere', async () => {
    const made = await app.get(SessionService).create({ userId: 'user-zaphod' });
    await app.get(SessionService).create({ userId: 'user-zaphod' });
    const response = await dashboard.post('user-sessions', { userId: 'user-zaphod' });
    const text = await response.text();
    expect(text).not.toContain(made.id);
    const { sessions, total } = JSON.parse(text) as {
      sessions: { handle: string }[];
      total: number;
    };
    expect(total).toBe(2);
    const { handle } = sessions[0]!;
    expect(await dashboard.answerOf('revoke', { userId: 'somebody else', handle })).toEqual({
      revoked: 0,
    });
    expect(await dashboard.answerOf('revoke', { userId: 'user-zaphod', handle })).toEqual({
      revoked: 1,
    });
    expect(await dashboard.answerOf('revoke-all', { userId: 'user-zaphod' })).toEqual({
      revoked: 1,
    });
  });

  it('stand in no answer by their ids', async () => {
    const made = await app.get(SessionService).create({ userId: 'user-trillian' });
    for (const page of [
      'overview',
      'caches',
      'keys',
      'sessions',
      'slow-log',
      'connections',
      'warnings',
    ]) {
      const response = await dashboard.get(`/api/${page}`);
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).not.toContain(made.id);
      expect(text).not.toMatch(/sess:[\w-]{20,}/);
    }
  });
});

describe('dead letters', () => {
  interface Writer {
    readonly lag: { readonly deadLetters: number };
    readonly letters: readonly { readonly id: string; readonly key: string }[];
  }
  const writer = async (): Promise<Writer> =>
    ((await (await dashboard.get('/api/write-behind')).json()) as Writer[])[0]!;

  it('are listed without values, retried and discarded', async () => {
    const { letters } = await eventually(async () => {
      const found = await writer();
      expect(found.lag.deadLetters).toBe(2);
      return found;
    });
    expect(letters[0]).not.toHaveProperty('value');
    app.get(Stock).refuses = false;
    const idOf = (key: string): string => letters.find((letter) => letter.key === key)!.id;
    expect(await dashboard.answerOf('retry', { cache: 'stock', id: idOf('bad-lamp') })).toEqual({
      outcome: 'retried',
    });
    expect(await dashboard.answerOf('discard', { cache: 'stock', id: idOf('bad-chair') })).toEqual({
      discarded: true,
    });
    expect((await writer()).lag.deadLetters).toBe(0);
    await eventually(() => expect(app.get(Stock).rows.has('bad-lamp')).toBe(true));
    expect(app.get(Stock).rows.has('bad-chair')).toBe(false);
  });
});
