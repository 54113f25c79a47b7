import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { RedisStore as PlainStore } from 'connect-redis-10';
import { Controller, Get, Post, Req, UseGuards } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request } from 'express';
import session from 'express-session';
import { CurrentUser, SessionGuard, SessionService } from 'nestjs-redis-kit';
import { createClient } from 'redis';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { RedisServer } from '../support/redis-server.js';
import { Browser, json } from './browser.js';

declare module 'express-session' {
  interface SessionData {
    pages?: number;
  }
}

interface Running {
  readonly app: NestExpressApplication;
  readonly url: string;
  stop(): Promise<void>;
}

@Controller()
class PagesController {
  @Get('page')
  page(@Req() request: Request): object {
    request.session.pages = (request.session.pages ?? 0) + 1;
    return { user: request.session.userId, pages: request.session.pages };
  }
}

@Controller()
class OldController extends PagesController {
  @Post('login')
  login(@Req() request: Request): void {
    request.session.userId = 'alice';
  }
}

@Controller()
class NewController extends PagesController {
  constructor(private readonly sessions: SessionService) {
    super();
  }

  @Post('login')
  async login(@Req() request: Request): Promise<void> {
    await this.sessions.login(request, 'alice');
  }

  @UseGuards(SessionGuard)
  @Get('profile')
  profile(@CurrentUser() user: string): object {
    return { user };
  }
}

/** A Nest application as it was: express-session, connect-redis and node-redis in `main.ts`. */
async function startOld(redisUrl: string): Promise<Running> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  const module = await Test.createTestingModule({ controllers: [OldController] }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  app.use(
    session({
      store: new PlainStore({ client, prefix: 'sess:', ttl: 1800 }),
      name: 'connect.sid',
      secret: SECRET,
      resave: false,
      saveUninitialized: false,
      cookie: { sameSite: 'lax' },
    }),
  );
  await app.listen(0, '127.0.0.1');
  const stop = async (): Promise<void> => {
    await app.close();
    client.destroy();
  };
  return { app, url: await urlOf(app), stop };
}

/** The same application after the change that docs/migrate-from-connect-redis.md asks for. */
async function startNew(redisUrl: string): Promise<Running> {
  const app = await startApp(
    {
      connection: redisUrl,
      session: { secret: SECRET, cookie: { name: 'connect.sid' }, idleTimeout: '30m' },
    },
    { controllers: [NewController] },
  );
  return { app, url: await urlOf(app), stop: () => app.close() };
}

describe('an application that leaves express-session and connect-redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.stop());
  beforeEach(() => redis.use((client) => client.flushall()));

  async function running<T>(start: typeof startOld, use: (app: Running) => Promise<T>): Promise<T> {
    const app = await start(redis.url);
    try {
      return await use(app);
    } finally {
      await app.stop();
    }
  }

  it('keeps its users logged in, on the way here and on the way back', async () => {
    const browser = await running(startOld, async ({ url }) => {
      const visitor = new Browser(url);
      await visitor.post('/login');
      expect(json(await visitor.get('/page'))).toEqual({ user: 'alice', pages: 1 });
      return visitor;
    });
    const here = await running(startNew, async ({ url }) => {
      const visitor = browser.copy(url);
      expect(json(await visitor.get('/profile'))).toEqual({ user: 'alice' });
      expect(json(await visitor.get('/page'))).toEqual({ user: 'alice', pages: 2 });
      return visitor;
    });
    await running(startOld, async ({ url }) => {
      expect(json(await here.copy(url).get('/page'))).toEqual({ user: 'alice', pages: 3 });
    });
    expect(here.id).toBe(browser.id);
  });

  it('keeps those logged in who logged in here, when it goes back', async () => {
    const browser = await running(startNew, async ({ url }) => {
      const visitor = new Browser(url);
      await visitor.post('/login');
      return visitor;
    });
    await running(startOld, async ({ url }) => {
      expect(json(await browser.copy(url).get('/page'))).toEqual({ user: 'alice', pages: 1 });
    });
  });

  it('lists sessions that began before once they were saved here, and ends them with the others', async () => {
    const browser = await running(startOld, async ({ url }) => {
      const visitor = new Browser(url);
      await visitor.post('/login');
      return visitor;
    });
    await running(startNew, async ({ app, url }) => {
      const visitor = browser.copy(url);
      const sessions = app.get(SessionService);
      expect(await sessions.list('alice')).toEqual([]);
      await visitor.get('/page');
      expect(await sessions.list('alice')).toHaveLength(1);
      expect((await visitor.get('/profile')).status).toBe(200);
      await sessions.revokeAll('alice');
      expect((await visitor.get('/profile')).status).toBe(401);
    });
  });
});
