import { CacheInterceptor as ManagerInterceptor, CacheModule } from '@nestjs/cache-manager';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  Headers,
  Res,
  UseInterceptors,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { Exclude } from 'class-transformer';
import type { Response } from 'express';
import { Keyv } from 'keyv';
import { CacheInterceptor } from 'nestjs-redis-kit';
import { NestApp } from './support/nest-app.js';
import type { Reply } from './support/raw-client.js';

class User {
  @Exclude()
  readonly password = 'secret';

  constructor(readonly name: string) {}
}

/** The same site for both: only the interceptor differs. */
function siteWith(interceptor: Type<NestInterceptor>): Type {
  @Controller()
  @UseInterceptors(interceptor)
  class SiteController {
    @Get('user')
    user(): User {
      return new User('alice');
    }

    @Get('me')
    me(@Headers('authorization') authorization: string): object {
      return { me: authorization };
    }

    @Get('greeting')
    greeting(
      @Headers('accept-language') language: string,
      @Res({ passthrough: true }) response: Response,
    ): object {
      response.vary('Accept-Language');
      return { in: language };
    }

    @Get('status')
    status(@Res({ passthrough: true }) response: Response): string {
      response.status(203);
      return 'from a copy';
    }

    @Get('table')
    table(@Res({ passthrough: true }) response: Response): string {
      response.type('text/csv');
      return 'a,b';
    }
  }
  return SiteController;
}

interface Leak {
  readonly name: string;
  /** What the second client sees. */
  readonly look: (site: NestApp) => Promise<unknown>;
  readonly safe: unknown;
  readonly leaked: unknown;
}

async function second(
  site: NestApp,
  path: string,
  [first, then]: readonly Record<string, string>[] = [],
): Promise<Reply> {
  await site.get(path, first);
  return site.get(path, then);
}

const leaks: readonly Leak[] = [
  {
    name: 'a field that a global ClassSerializerInterceptor hides',
    look: async (site) => JSON.parse((await second(site, '/user')).body) as unknown,
    safe: { name: 'alice' },
    leaked: { name: 'alice', password: 'secret' },
  },
  {
    name: 'the answer to another user',
    look: async (site) => {
      const users = [{ Authorization: 'Bearer alice' }, { Authorization: 'Bearer bob' }];
      return (await second(site, '/me', users)).body;
    },
    safe: '{"me":"Bearer bob"}',
    leaked: '{"me":"Bearer alice"}',
  },
  {
    name: 'the answer in another language',
    look: async (site) => {
      const languages = [{ 'Accept-Language': 'de' }, { 'Accept-Language': 'fr' }];
      return (await second(site, '/greeting', languages)).body;
    },
    safe: '{"in":"fr"}',
    leaked: '{"in":"de"}',
  },
  {
    name: 'another status',
    look: async (site) => (await second(site, '/status')).status,
    safe: 203,
    leaked: 200,
  },
  {
    name: 'another Content-Type',
    look: async (site) => (await second(site, '/table')).headers['content-type'],
    safe: 'text/csv; charset=utf-8',
    leaked: 'text/html; charset=utf-8',
  },
];

const serializing = { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor };

describe('@nestjs/cache-manager 12 shows the second client', () => {
  let site: NestApp;
  beforeAll(async () => {
    site = await NestApp.start({
      // As with Redis, values are kept as text.
      imports: [CacheModule.register({ isGlobal: true, ttl: 60_000, stores: [new Keyv()] })],
      controllers: [siteWith(ManagerInterceptor)],
      providers: [serializing],
    });
  });
  afterAll(() => site.stop());

  it.each(leaks)('$name', async ({ look, leaked }) => {
    expect(await look(site)).toEqual(leaked);
  });
});

describe('nestjs-redis-kit does not show the second client', () => {
  let site: NestApp;
  beforeAll(async () => {
    site = await NestApp.start({
      controllers: [siteWith(CacheInterceptor)],
      providers: [serializing],
    });
  });
  afterAll(() => site.stop());

  it.each(leaks)('$name', async ({ look, safe }) => {
    expect(await look(site)).toEqual(safe);
  });

  it('and answers from the cache all the same', async () => {
    for (const path of ['/user', '/status', '/table'])
      expect((await second(site, path)).headers['x-cache']).toBe('HIT');
    const german = { 'Accept-Language': 'de' };
    expect((await second(site, '/greeting', [german, german])).headers['x-cache']).toBe('HIT');
  });
});
