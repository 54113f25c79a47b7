import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Header,
  HttpCode,
  NotFoundException,
  Param,
  Post,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type MessageEvent,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { map, of, type Observable } from 'rxjs';
import request from 'supertest';
import { CacheInterceptor, CacheScope, SessionService } from 'nestjs-redis-kit';
import { SECRET, startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

class User {
  constructor(
    readonly id: string,
    readonly password: string,
  ) {}
}

/** Around the cache, as a global ClassSerializerInterceptor is: turns what the handler returned into what may be seen. */
class Hiding implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next
      .handle()
      .pipe(map((data: unknown) => (data instanceof User ? { id: data.id } : data)));
  }
}

class Enveloping implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

let runs = 0;

@Controller()
@UseInterceptors(CacheInterceptor)
class PagesController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login/:name')
  async login(@Req() req: Request, @Param('name') name: string): Promise<void> {
    await this.sessions.login(req, name);
  }

  @Get('me')
  me(@Req() req: Request): object {
    runs += 1;
    return { user: req.session.userId ?? null };
  }

  @Get('mine')
  @CacheScope('user')
  mine(@Req() req: Request): object {
    runs += 1;
    return { user: req.session.userId ?? null };
  }

  @Get('counted')
  @CacheScope('public')
  counted(@Req() req: Request): object {
    runs += 1;
    Object.assign(req.session, { visited: true });
    return { page: 'the same for all' };
  }

  @Get('begins-session')
  begins(@Req() req: Request): object {
    runs += 1;
    Object.assign(req.session, { cart: [runs] });
    return { cart: [runs] };
  }

  @Get('user')
  user(): User {
    runs += 1;
    return new User('u1', 'secret');
  }

  @Get('enveloped')
  @UseInterceptors(Enveloping)
  enveloped(): object {
    runs += 1;
    return { n: 1 };
  }

  @Get('coded')
  @HttpCode(203)
  @Header('X-Kind', 'coded')
  coded(): string {
    runs += 1;
    return 'text';
  }

  @Get('moved')
  @Redirect('/elsewhere', 301)
  moved(): void {
    runs += 1;
  }

  @Get('file')
  file(): StreamableFile {
    runs += 1;
    return new StreamableFile(Buffer.alloc(100_000, 'x'), { type: 'text/plain' });
  }

  @Get('large')
  large(): StreamableFile {
    runs += 1;
    return new StreamableFile(Buffer.alloc(300_000, 'x'), { type: 'text/plain' });
  }

  @Get('missing')
  missing(): never {
    runs += 1;
    throw new NotFoundException();
  }

  @Get('language')
  language(@Req() req: Request, @Res({ passthrough: true }) res: Response): object {
    runs += 1;
    res.vary('Accept-Language');
    return { language: req.headers['accept-language'] };
  }

  @Sse('events')
  events(): Observable<MessageEvent> {
    runs += 1;
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('cut-off')
  cutOff(@Res() res: Response): void {
    runs += 1;
    res.setHeader('Content-Length', 10);
    res.write('first');
    res.end(() => res.destroy());
  }

  @Get('tenant')
  tenant(@Req() req: Request): object {
    return { tenant: req.hostname };
  }

  @Get('by-hand')
  byHand(@Res() res: Response): void {
    runs += 1;
    res.writeHead(200, 'Fine', { 'Content-Type': 'text/plain', 'X-By': 'hand' });
    res.write('in ');
    res.write(Buffer.from('parts'));
    res.end();
  }
}

let redis: RedisServer;
let app: NestExpressApplication;
let requestNumber = 0;

beforeAll(async () => {
  redis = await RedisServer.start();
  app = await startApp(
    { connection: redis.url, cache: { maxEntryBytes: 200_000 }, session: { secret: SECRET } },
    {
      controllers: [PagesController],
      providers: [{ provide: APP_INTERCEPTOR, useClass: Hiding }],
    },
    (prepared) => {
      prepared.set('trust proxy', true);
      prepared.use((_: Request, res: Response, next: NextFunction) => {
        requestNumber += 1;
        res.setHeader('X-Request-Id', String(requestNumber));
        next();
      });
    },
  );
});
afterEach(async () => {
  runs = 0;
  await redis.use((client) => client.flushall());
});
afterAll(async () => {
  await app.close();
  await redis.stop();
});

const get = (path: string): request.Test => request(app.getHttpServer()).get(path);

async function loggedIn(name: string): Promise<ReturnType<typeof request.agent>> {
  const agent = request.agent(app.getHttpServer());
  await agent.post(`/login/${name}`).expect(201);
  return agent;
}

describe('what CacheInterceptor never does', () => {
  it("gives Bob Alice's answer", async () => {
    const [alice, bob] = [await loggedIn('alice'), await loggedIn('bob')];
    await alice.get('/me').expect({ user: 'alice' });
    await bob.get('/me').expect({ user: 'bob' });
    await get('/me').expect({ user: null });
  });

  it("gives Alice's answer to her alone where the scope is the user", async () => {
    const [alice, bob] = [await loggedIn('alice'), await loggedIn('bob')];
    await alice.get('/mine').expect('X-Cache', 'MISS');
    await alice.get('/mine').expect('X-Cache', 'HIT').expect({ user: 'alice' });
    await bob.get('/mine').expect('X-Cache', 'MISS').expect({ user: 'bob' });
    await get('/mine').expect('X-Cache', 'BYPASS').expect({ user: null });
  });

  it('names a user or a session in a key', async () => {
    const alice = await loggedIn('someone-else');
    await alice.get('/mine');
    const keys = await eventually(async () => {
      const found = await redis.use((client) => client.keys('cache:entry:*'));
      expect(found).toHaveLength(1);
      return found;
    });
    expect(keys.join()).not.toContain('someone');
  });

  it('stores the answer to a visitor whose session the handler began', async () => {
    await get('/begins-session').expect({ cart: [1] });
    await get('/begins-session').expect({ cart: [2] });
  });

  it('replays a cookie, while a public page may set one', async () => {
    const first = await get('/counted');
    const second = await get('/counted').expect('X-Cache', 'HIT');
    expect(first.headers['set-cookie']).toBeDefined();
    expect(second.headers['set-cookie']).toBeUndefined();
  });

  it('shows a field that serialization hid', async () => {
    await get('/user').expect({ id: 'u1' });
    await get('/user').expect('X-Cache', 'HIT').expect({ id: 'u1' });
    const [key = ''] = await redis.use((client) => client.keys('cache:entry:http:*'));
    expect(await redis.use((client) => client.get(key))).not.toContain('secret');
  });

  it("loses another interceptor's part, or adds it twice", async () => {
    await get('/enveloped').expect({ data: { n: 1 } });
    await get('/enveloped')
      .expect('X-Cache', 'HIT')
      .expect({ data: { n: 1 } });
  });

  it('loses status, @Header and type', async () => {
    await get('/coded');
    await get('/coded')
      .expect(203, 'text')
      .expect('X-Cache', 'HIT')
      .expect('X-Kind', 'coded')
      .expect('Content-Type', /text\/html/);
  });

  it('loses a redirect', async () => {
    await get('/moved').expect(301);
    // Express varies its redirects by Accept, so each has a variant.
    await get('/moved').expect(301).expect('Location', '/elsewhere').expect('X-Cache', 'HIT');
    expect(runs).toBe(1);
    await get('/moved').set('Accept', 'text/plain').expect(301).expect('X-Cache', 'MISS');
    expect(runs).toBe(2);
  });

  it('replays what a middleware sets on each response', async () => {
    const first = await get('/user');
    const second = await get('/user').expect('X-Cache', 'HIT');
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
  });

  it('stores a stream above the limit, or cuts it', async () => {
    expect((await get('/file')).text).toHaveLength(100_000);
    expect((await get('/file').expect('X-Cache', 'HIT')).text).toHaveLength(100_000);
    expect((await get('/large')).text).toHaveLength(300_000);
    expect((await get('/large').expect('X-Cache', 'MISS')).text).toHaveLength(300_000);
  });

  it('serves an error again', async () => {
    await get('/missing').expect(404);
    await get('/missing').expect(404).expect('X-Cache', 'MISS');
    expect(runs).toBe(2);
  });

  it('shares one language with another', async () => {
    await get('/language').set('Accept-Language', 'fr').expect({ language: 'fr' });
    await get('/language').set('Accept-Language', 'de').expect({ language: 'de' });
  });

  it('stores an event stream', async () => {
    expect((await get('/events')).text).toContain('data: two');
    expect((await get('/events')).text).toContain('data: one');
    expect(runs).toBe(2);
  });

  it("gives one tenant's answer to another behind a trusted proxy", async () => {
    await get('/tenant').set('X-Forwarded-Host', 'a.example').expect({ tenant: 'a.example' });
    await get('/tenant').set('X-Forwarded-Host', 'b.example').expect({ tenant: 'b.example' });
  });

  it('stores an answer that was cut off', async () => {
    await expect(get('/cut-off')).rejects.toThrow();
    await expect(get('/cut-off')).rejects.toThrow();
    expect(runs).toBe(2);
  });

  it('changes what a handler wrote by hand', async () => {
    await get('/by-hand').expect(200, 'in parts');
    await get('/by-hand')
      .expect(200, 'in parts')
      .expect('X-Cache', 'HIT')
      .expect('X-By', 'hand')
      .expect('Content-Type', 'text/plain');
    expect(runs).toBe(1);
  });
});
