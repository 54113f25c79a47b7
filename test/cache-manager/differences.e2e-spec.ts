import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post, Query, UseInterceptors } from '@nestjs/common';
import { eventually } from '../support/eventually.js';
import { latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';
import { optionsFor, OURS, startSite, THEIRS, type Package, type Site } from './packages.js';

const page = readFileSync(
  join(import.meta.dirname, '../../docs/migrate-from-cache-manager.md'),
  'utf8',
);

interface Difference {
  /** As the first column of the page has it. */
  readonly name: string;
  readonly look: (site: Site, kit: Package) => Promise<unknown>;
  readonly theirs: unknown;
  readonly ours: unknown;
}

/** What `/slow` waits for. */
let slow = latch();

const DAY_MS = 24 * 60 * 60 * 1000;
class Money {
  constructor(readonly amount: number) {}
}

const differences: readonly Difference[] = [
  {
    name: 'A value is a copy',
    look: async ({ cache }) => {
      await cache.set('list', [1]);
      (await cache.get<number[]>('list'))!.push(2);
      return cache.get('list');
    },
    theirs: [1, 2],
    ours: [1],
  },
  {
    name: 'A class is lost',
    look: async ({ cache }) => {
      await cache.set('money', new Money(1));
      return (await cache.get('money')) instanceof Money;
    },
    theirs: true,
    ours: false,
  },
  {
    name: 'Some values are refused',
    look: ({ cache }) => cache.set('big', 1n).then(String, ({ code }: { code: string }) => code),
    theirs: '1',
    ours: 'CACHE_VALUE_UNSUPPORTED',
  },
  {
    name: 'Everything ends',
    look: async ({ cache }) => {
      await cache.set('a', 1);
      const ends = await cache.ttl('a');
      return ends === undefined ? 'never' : Math.round((ends - Date.now()) / DAY_MS);
    },
    theirs: 'never',
    ours: 30,
  },
  {
    name: 'There are no stores',
    look: async ({ cache }) => cache.stores.length,
    theirs: 1,
    ours: 0,
  },
  {
    name: 'Modules share the cache',
    look: async (_, kit) => {
      await using(kit, async ({ cache }) => cache.set('shared', 1));
      return using(kit, async ({ cache }) => cache.get('shared'));
    },
    theirs: undefined,
    ours: 1,
  },
  {
    name: 'An answer is not a value',
    look: async ({ text, cache }) => {
      await text('/count');
      return cache.get('/count');
    },
    theirs: { call: 1 },
    ours: undefined,
  },
  {
    name: 'A value is not an answer',
    look: async ({ text, cache }) => {
      await text('/count');
      await cache.set('/count', { call: 7 });
      return text('/count');
    },
    theirs: '{"call":7}',
    ours: '{"call":2}',
  },
  {
    name: '`@CacheKey` does not join URLs',
    look: async ({ text }) => [await text('/named?for=1'), await text('/named?for=2')],
    theirs: ['for 1', 'for 1'],
    ours: ['for 1', 'for 2'],
  },
  {
    name: 'A POST is never cached',
    look: async ({ text }) => [
      await text('/post', { method: 'POST' }),
      await text('/post', { method: 'POST' }),
    ],
    theirs: ['{"call":1}', '{"call":1}'],
    ours: ['{"call":1}', '{"call":2}'],
  },
  {
    name: 'Requests of a user go past the cache',
    look: async ({ text }) => {
      const headers = { Authorization: 'Bearer alice' };
      return [await text('/count', { headers }), await text('/count', { headers })];
    },
    theirs: ['{"call":1}', '{"call":1}'],
    ours: ['{"call":1}', '{"call":2}'],
  },
  {
    name: 'One handler runs for many requests',
    look: async ({ text }, kit) => {
      const calls = async (): Promise<unknown> => JSON.parse(await text('/calls'));
      slow = latch();
      const answers = Array.from({ length: 10 }, () => text('/slow'));
      // All that are to come stand at the latch.
      await eventually(async () =>
        expect(await calls()).toEqual({ call: kit === THEIRS ? 10 : 1 }),
      );
      slow.release();
      await Promise.all(answers);
      return calls();
    },
    theirs: { call: 10 },
    ours: { call: 1 },
  },
  {
    name: 'An empty answer is an answer',
    look: async ({ text }) => {
      await text('/nothing');
      await text('/nothing');
      return text('/calls');
    },
    theirs: '{"call":2}',
    ours: '{"call":1}',
  },
  {
    name: 'Hits have validators and an age',
    look: async ({ get }) => {
      const hit = await hitOf(get);
      return [hit.headers.has('age'), hit.headers.get('cache-status')?.includes('hit') ?? false];
    },
    theirs: [false, false],
    ours: [true, true],
  },
  {
    name: 'A HEAD is answered from the cache',
    look: async ({ get }) => {
      await hitOf(get);
      return (await get('/count', { method: 'HEAD' })).headers.get('x-cache');
    },
    theirs: null,
    ours: 'HIT',
  },
];

/** What the page lists, and where it is shown instead. */
const SHOWN_ELSEWHERE: Readonly<Record<string, string>> = {
  'It needs Redis': 'connections.e2e-spec.ts',
  'Messages of gateways are cached': 'messages.e2e-spec.ts',
  'What a client sees is what is stored': 'http/cache-manager-leaks.e2e-spec.ts',
  'Redis being down is no error': 'cache/outage.e2e-spec.ts',
  'A cold key is loaded once, in all processes': 'cache/one-load.e2e-spec.ts',
  'Values of before are not read': 'another format and prefix',
  '`nonBlocking` and `refreshAllStores` do nothing': 'nothing to see',
};

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());
beforeEach(() => redis.use((client) => client.flushall()));

/** Right after the first answer another may come while that is being stored. */
async function hitOf(get: Site['get']): Promise<Response> {
  return eventually(async () => {
    const answer = await get('/count');
    await answer.text();
    expect(answer.headers.get('x-cache')).toBe('HIT');
    return answer;
  });
}

function start(kit: Package): Promise<Site> {
  let calls = 0;
  const next = (): object => ({ call: (calls += 1) });

  @Controller()
  class SiteController {
    @Get('count')
    @UseInterceptors(kit.CacheInterceptor)
    count(): object {
      return next();
    }

    @Get('named')
    @kit.CacheKey('named')
    @UseInterceptors(kit.CacheInterceptor)
    named(@Query('for') whom: string): string {
      return `for ${whom}`;
    }

    @Post('post')
    @kit.CacheKey('post')
    @UseInterceptors(kit.CacheInterceptor)
    post(): object {
      return next();
    }

    @Get('slow')
    @UseInterceptors(kit.CacheInterceptor)
    async slow(): Promise<object> {
      const answer = next();
      await slow.released;
      return answer;
    }

    @Get('nothing')
    @UseInterceptors(kit.CacheInterceptor)
    nothing(): void {
      next();
    }

    @Get('calls')
    calls(): object {
      return { call: calls };
    }
  }
  return startSite(kit, {
    imports: [kit.CacheModule.register(optionsFor(redis.url))],
    controllers: [SiteController],
  });
}

async function using<R>(kit: Package, look: (site: Site) => Promise<R>): Promise<R> {
  const site = await start(kit);
  try {
    return await look(site);
  } finally {
    await site.app.close();
  }
}

describe('docs/migrate-from-cache-manager.md', () => {
  it('lists the differences that are shown here or elsewhere, and no other', () => {
    const listed = [...page.matchAll(/^\| \*\*(.+?)\*\* +\|/gm)].map(([, name]) => name!);
    const shown = [...differences.map(({ name }) => name), ...Object.keys(SHOWN_ELSEWHERE)];
    expect(listed.toSorted()).toEqual(shown.toSorted());
  });

  it('lists no name that is missing', () => {
    expect(Object.keys(OURS).toSorted()).toEqual(Object.keys(THEIRS).toSorted());
  });
});

describe.each(differences)('$name', ({ look, theirs, ours }) => {
  it('with @nestjs/cache-manager', async () => {
    expect(await using(THEIRS, (site) => look(site, THEIRS))).toEqual(theirs);
  });

  it('with nestjs-redis-kit/cache-manager', async () => {
    expect(await using(OURS, (site) => look(site, OURS))).toEqual(ours);
  });
});
