import { expect } from '@jest/globals';
import { Controller, Get, Injectable, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import {
  CacheInterceptor,
  CacheService,
  CacheTags,
  CacheTTL,
  getCacheToken,
  getLeaderboardToken,
  getMessageStreamToken,
  InvalidateTags,
  PubSub,
  RedisModule,
  RedisSessionStore,
  SessionGuard,
  SessionService,
  WriteBehindService,
  type Cache,
  type ConnectionOptions,
  type Leaderboard,
  type MessageStream,
  type SessionInfo,
} from 'nestjs-redis-kit';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { Visitor } from '../session/support/visitor.js';
import { eventually } from '../support/eventually.js';

@Injectable()
class Items {
  readonly saved: string[] = [];
  write(key: string, value: unknown): void {
    if (value === 'wrong') throw new Error('no such item');
    this.saved.push(key);
  }
  remove(key: string): void {
    this.saved.push(`-${key}`);
  }
}

@Controller()
class JourneyController {
  constructor(private readonly sessions: SessionService) {}

  @Get('page')
  @UseInterceptors(CacheInterceptor)
  @CacheTTL('5m')
  @CacheTags(() => ['page'])
  page(): object {
    return { at: Date.now() };
  }

  @Post('page')
  @InvalidateTags(() => ['page'])
  @UseInterceptors(CacheInterceptor)
  change(): object {
    return {};
  }

  @Post('login')
  async login(@Req() request: Request): Promise<object> {
    return this.sessions.login(request, 'ann');
  }

  @Post('count')
  @UseGuards(SessionGuard)
  async count(@Req() request: Request): Promise<object> {
    Object.assign(request.session, { count: 1 });
    await this.sessions.rotate(request);
    return {};
  }

  @Post('others')
  @UseGuards(SessionGuard)
  async others(@Req() request: Request): Promise<object> {
    return { ended: await this.sessions.revokeOthers(request) };
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<object> {
    await this.sessions.logout(request);
    return {};
  }
}

/** What {@link start} switches on. */
export const OPTIONS = {
  session: {
    secret: SECRET,
    expiryEvents: { interval: '1s' },
    shareEvents: true,
    idleTimeout: '1m',
  },
  cache: { deadline: '10s' },
  structures: { deadline: '10s' },
} as const;

/** An application that uses every feature. */
export function start(connection: ConnectionOptions): Promise<NestExpressApplication> {
  const writeBehind = { delay: 10, retryDelay: 10, attempts: 1 };
  const features = RedisModule.forFeature({
    caches: {
      named: { memory: false },
      items: { source: Items, writeMode: 'behind', writeBehind },
    },
    leaderboards: {
      sales: { season: 'day', keep: '7d', ties: 'first-reached' },
      lowest: { order: 'lowest-first' },
    },
    streams: { orders: { maxDeliveries: 2, retryAfter: '10ms', claimAfter: '1s' } },
  });
  return startApp(
    { connection, ...OPTIONS },
    { imports: [features], controllers: [JourneyController], providers: [Items] },
  );
}

/** Through every feature, as users of the application go. */
export async function travel(app: NestExpressApplication): Promise<void> {
  await throughCache(app);
  await throughSessions(app);
  await throughWriteBehind(app);
  await throughLeaderboards(app);
  await throughMessages(app);
}

async function throughCache(app: NestExpressApplication): Promise<void> {
  const named = app.get<Cache<unknown>>(getCacheToken('named'), { strict: false });
  for (const cache of [app.get(CacheService), named, named.namespace('tenant')]) {
    await cache.getOrSet('a', () => 1, { tags: ['tag'] });
    await cache.setMany([
      ['b', 2],
      ['c', 3],
    ]);
    await cache.getOrSetMany(['a', 'd'], (keys) => new Map(keys.map((key) => [key, key])));
    expect((await cache.getMany(['a', 'b', 'c', 'd'])).size).toBe(4);
    expect([await cache.touch('b', '1m'), await cache.has('b')]).toEqual([true, true]);
    await cache.invalidateTags(['tag']);
    expect(await cache.get('a')).toBeUndefined();
    await cache.delete('b');
    await cache.deleteMany(['c', 'd']);
    await cache.clear();
  }
  const visitor = new Visitor(await urlOf(app));
  const [first, second] = [await visitor.get('/page'), await visitor.get('/page')];
  expect([second.headers.get('x-cache'), second.text]).toEqual(['HIT', first.text]);
  await visitor.post('/page');
  expect((await visitor.get('/page')).headers.get('x-cache')).toBe('MISS');
}

async function throughSessions(app: NestExpressApplication): Promise<void> {
  const [sessions, store] = [app.get(SessionService), app.get(RedisSessionStore)];
  const url = await urlOf(app);
  const [one, two] = [new Visitor(url), new Visitor(url)];
  for (const visitor of [one, two]) expect((await visitor.post('/login')).status).toBe(201);
  expect((await one.post('/count')).status).toBe(201);
  expect(JSON.parse((await one.post('/others')).text)).toEqual({ ended: 1 });
  expect((await two.post('/count')).status).toBe(401);
  expect((await sessions.list('ann')).length).toBe(1);
  await one.post('/logout');
  const { id } = await sessions.create({ userId: 'bob' });
  const [{ handle }] = (await sessions.list('bob')) as [SessionInfo];
  expect(await sessions.touch(id)).toBe(true);
  await sessions.setAttribute(id, 'color', 'red');
  expect(await sessions.find(handle)).toBeDefined();
  expect([await store.length(), (await store.all()).length]).toEqual([1, 1]);
  expect(await sessions.exportUser('bob')).toBeDefined();
  expect(await sessions.revoke(handle)).toBe(true);
  await sessions.create({ userId: 'bob' });
  expect(await sessions.revokeAll('bob')).toBe(1);
  await sessions.purgeUser('bob');
  await store.clear();
}

async function throughWriteBehind(app: NestExpressApplication): Promise<void> {
  const cache = app.get<Cache<unknown>>(getCacheToken('items'), { strict: false });
  const { saved } = app.get(Items);
  await cache.set('item', 'right');
  await cache.delete('item');
  await eventually(() => expect(saved).toContain('-item'));
  for (const key of ['kept', 'dropped']) await cache.set(key, 'wrong');
  const writes = app.get(WriteBehindService);
  const letters = await eventually(async () => {
    const dead = await writes.deadLetters('items');
    expect(dead).toHaveLength(2);
    return dead;
  });
  await writes.retryDeadLetter('items', letters[0]!.id);
  await writes.discardDeadLetter('items', letters[1]!.id);
  await writes.lag('items');
  await cache.get('kept');
}

async function throughLeaderboards(app: NestExpressApplication): Promise<void> {
  for (const name of ['sales', 'lowest']) {
    const board = app.get<Leaderboard>(getLeaderboardToken(name), { strict: false });
    await board.add('ann', 3, { when: 'new' });
    await board.increment('bob', 5, { operation: 'order-1' });
    await board.add('cid', 3);
    expect([await board.rank('ann'), await board.score('bob')]).not.toContain(undefined);
    await Promise.all([board.top(2), board.page(1), board.around('cid', 1), board.entry('ann')]);
    expect([await board.count(), await board.count({ min: 4 })]).toEqual([3, 1]);
    await board.remove('cid');
    expect(await board.archive('final', { keep: '1d' })).toBe(2);
    await board.add('ann', 1);
    expect(await board.archive('last')).toBe(1);
    expect(await board.archived('final').count()).toBe(2);
    await board.reset();
  }
}

async function throughMessages(app: NestExpressApplication): Promise<void> {
  const heard: unknown[] = [];
  const pubSub = app.get(PubSub);
  const subscriptions = ['chat:one', 'chat:*'].map((channel) =>
    pubSub.subscribe(channel, (data) => heard.push(data)),
  );
  await Promise.all(subscriptions.map((subscription) => subscription.ready()));
  await pubSub.publish('chat:one', 'hello');
  await eventually(() => expect(heard).toEqual(['hello', 'hello']));
  for (const subscription of subscriptions) subscription.close();

  const stream = app.get<MessageStream<unknown>>(getMessageStreamToken('orders'), {
    strict: false,
  });
  const handled: unknown[] = [];
  const consumption = stream.consume({ group: 'mailer' }, (data) => {
    if (data === 'wrong') throw new Error('no such order');
    handled.push(data);
  });
  for (const data of ['right', 'wrong', 'wrong']) await stream.publish(data);
  const letters = await eventually(async () => {
    const dead = await stream.deadLetters();
    expect([handled, dead.length]).toEqual([['right'], 2]);
    return dead;
  });
  await stream.discardDeadLetter(letters[1]!.id);
  await consumption.close();
  await stream.retryDeadLetter(letters[0]!.id);
  await stream.status();
}
