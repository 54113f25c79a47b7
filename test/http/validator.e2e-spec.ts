import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  Injectable,
  Param,
  Req,
  UseInterceptors,
  type INestApplication,
} from '@nestjs/common';
import type { Request } from 'express';
import request from 'supertest';
import {
  CacheInterceptor,
  CachePolicy,
  Validator,
  type ResponseValidator,
  type Validators,
} from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let version = 1;
let changedAt = new Date('2026-01-01T00:00:00Z');
let builds = 0;
let checks = 0;
let isBroken = false;

@Injectable()
class Versions {
  current(): number {
    if (isBroken) throw new Error('versions are out of reach');
    return version;
  }
}

@Injectable()
class ArticleValidator implements ResponseValidator {
  constructor(private readonly versions: Versions) {}

  validate(req: Request): Validators {
    checks += 1;
    return { etag: `"${String(req.params.id)}-v${this.versions.current()}"` };
  }
}

/** Every answer is stale at once, so that each request has to know whether it still holds. */
@Controller()
@UseInterceptors(CacheInterceptor)
@CachePolicy({ freshness: 'headers' })
class ArticlesController {
  @Get('articles/:id')
  @Validator(ArticleValidator)
  article(@Param('id') id: string): object {
    builds += 1;
    return { id, version, builds };
  }

  @Get('dated')
  @Validator(() => ({ lastModified: changedAt }))
  dated(): object {
    builds += 1;
    return { builds };
  }

  @Get('by-header')
  @Header('Cache-Control', 'max-age=600')
  @Validator(() => ({ etag: '"of-validator"' }))
  byHeader(@Req() req: Request): object {
    builds += 1;
    req.res?.setHeader('ETag', '"of-handler"');
    return { builds };
  }
}

let redis: RedisServer;
let app: INestApplication;
const get = (path: string) => request(app.getHttpServer()).get(path);

/** An answer is out before it is stored: one that comes in between waits for it, and validates nothing. */
async function getStored(path: string): Promise<request.Response> {
  let isStored = false;
  const listener = (): void => {
    isStored = true;
  };
  subscribe('nestjs-redis-kit:cache:store', listener);
  const answer = await get(path).expect(200);
  await eventually(() => expect(isStored).toBe(true));
  unsubscribe('nestjs-redis-kit:cache:store', listener);
  return answer;
}

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp(
    { connection: redis.url },
    { controllers: [ArticlesController], providers: [ArticleValidator, Versions] },
  );
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});
beforeEach(() => {
  builds = 0;
  checks = 0;
  isBroken = false;
});

describe('@Validator', () => {
  it('serves a stale answer without its handler while the validators are the same', async () => {
    const first = await getStored('/articles/1');
    expect(first.headers.etag).toBe('"1-v1"');
    const second = await get('/articles/1').expect(200).expect('X-Cache', 'REVALIDATED');
    expect(second.body).toEqual(first.body);
    expect(second.headers['cache-status']).toContain('fwd=stale');
    expect({ builds, checks }).toEqual({ builds: 1, checks: 2 });
  });

  it('runs the handler once they differ', async () => {
    await getStored('/articles/2');
    version += 1;
    const { body } = await get('/articles/2').expect('ETag', `"2-v${version}"`);
    expect(body).toEqual({ id: '2', version, builds: 2 });
  });

  it('answers the condition of a client without its handler', async () => {
    await getStored('/articles/3');
    await get('/articles/3').set('If-None-Match', `"3-v${version}"`).expect(304);
    expect(builds).toBe(1);
  });

  it('compares dates where there is no ETag of the handler', async () => {
    const first = await getStored('/dated');
    expect(first.headers['last-modified']).toBe(changedAt.toUTCString());
    expect((await get('/dated')).body).toEqual(first.body);
    changedAt = new Date('2026-02-02T00:00:00Z');
    expect((await get('/dated')).body).toEqual({ builds: 2 });
  });

  it('leaves the ETag of a handler alone', async () => {
    await get('/by-header').expect('ETag', '"of-handler"');
  });

  it('lets the handler answer when the validator fails', async () => {
    isBroken = true;
    expect((await get('/articles/4').expect(200)).body).toMatchObject({ id: '4' });
  });
});
