import {
  Body,
  Controller,
  Get,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Request, Response } from 'express';
import type { Redis } from 'ioredis';
import {
  CacheInterceptor,
  CacheScope,
  CsrfExempt,
  CsrfGuard,
  CsrfService,
  CsrfToken,
  RedisConnections,
  RedisModule,
  SessionService,
  type SessionOptions,
} from 'nestjs-redis-kit';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { START_LIMIT_MS } from './support/use-sessions.js';
import { trafficOf } from './support/round-trips.js';
import { Visitor, type Page } from './support/visitor.js';

@Controller()
class FormController {
  constructor(
    private readonly sessions: SessionService,
    private readonly csrf: CsrfService,
  ) {}

  @Get('form')
  form(@CsrfToken() token: string): string {
    return token;
  }

  /** Begins a session with the page that holds the token. */
  @Get('form-with-cart')
  formWithCart(@CsrfToken() token: string, @Req() request: Request): string {
    (request.session as unknown as Record<string, unknown>)['cart'] = 1;
    return token;
  }

  @Get('plain')
  plain(): string {
    return 'plain';
  }

  @Post('order')
  order(@Body() body?: Record<string, string>): string {
    return `ordered ${body?.['what'] ?? 'nothing'}`;
  }

  @Post('login/:user')
  async login(@Req() request: Request, @Param('user') user: string): Promise<string> {
    await this.sessions.login(request, user);
    return this.csrf.token(request);
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<string> {
    await this.sessions.rotate(request);
    return this.csrf.token(request);
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<string> {
    await this.sessions.logout(request);
    return this.csrf.token(request);
  }

  @CsrfExempt()
  @Post('hook')
  hook(): string {
    return 'taken';
  }

  @CsrfExempt()
  @Post('api/login/:user')
  async apiLogin(@Req() request: Request, @Param('user') user: string): Promise<string> {
    await this.sessions.login(request, user, { transport: 'bearer' });
    return 'welcome';
  }
}

let rendered = 0;

@UseInterceptors(CacheInterceptor)
@Controller('cached')
class CachedController {
  @Get('form')
  form(@CsrfToken() token: string): string {
    rendered += 1;
    return token;
  }

  /** Says the opposite of what the token said. */
  @Get('public-form')
  publicForm(@CsrfToken() token: string, @Res({ passthrough: true }) response: Response): string {
    response.setHeader('Cache-Control', 'public, max-age=60');
    return token;
  }

  @CacheScope('session')
  @Get('own-form')
  ownForm(@CsrfToken() token: string, @Res({ passthrough: true }) response: Response): string {
    response.setHeader('Cache-Control', 'max-age=60');
    return token;
  }

  @Get('news')
  news(): string {
    rendered += 1;
    return 'news';
  }
}

@UseGuards(CsrfGuard)
@Controller('guarded')
class GuardedController {
  @Post()
  change(): string {
    return 'changed';
  }
}

const forEveryRoute = [{ provide: APP_GUARD, useExisting: CsrfGuard }];

describe('CSRF protection', () => {
  let redis: RedisServer;
  const apps: NestExpressApplication[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
  });

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await redis.stop();
  });

  async function start(
    session: Partial<SessionOptions> = {},
    providers: typeof forEveryRoute = forEveryRoute,
  ): Promise<{ app: NestExpressApplication; url: string }> {
    const app = await startApp(
      {
        connection: redis.url,
        cache: { ttl: '1m', deadline: '3s' },
        session: { secret: SECRET, deadline: '10s', ...session },
      },
      { controllers: [FormController, CachedController, GuardedController], providers },
    );
    apps.push(app);
    return { app, url: await urlOf(app) };
  }

  const reasonOf = (page: Page): unknown => [page.status, JSON.parse(page.text)];
  const refusal = (words: string): unknown => [
    403,
    { statusCode: 403, message: expect.stringContaining(words) },
  ];

  describe('of a visitor without a session', () => {
    let url: string;
    let app: NestExpressApplication;

    beforeAll(async () => {
      ({ app, url } = await start());
    });

    it('costs no command in Redis, from the page to the form', async () => {
      const visitor = new Visitor(url);
      const client = app.get(RedisConnections).client('default', 'session') as Redis;
      const traffic = await trafficOf(client, async () => {
        const { text } = await visitor.get('/form');
        const sent = await visitor.post('/order', { form: { _csrf: text, what: 'tea' } });
        expect([sent.status, sent.text]).toEqual([201, 'ordered tea']);
      });
      expect(traffic.commands).toEqual([]);
      expect(await redis.use((look) => look.keys('*sess:*'))).toEqual([]);
    });

    it('sets one cookie, with the first token only, that no script can read', async () => {
      const visitor = new Visitor(url);
      expect((await visitor.get('/plain')).setCookie).toEqual([]);
      const first = await visitor.get('/form');
      expect(first.setCookie).toEqual([
        expect.stringMatching(/^csrf=[\w-]{24}; Path=\/; HttpOnly; SameSite=Lax$/),
      ]);
      expect((await visitor.get('/form')).setCookie).toEqual([]);
    });

    it('takes the token in the header too, and any number of times', async () => {
      const visitor = new Visitor(url);
      const { text: token } = await visitor.get('/form');
      const again = { headers: { 'x-csrf-token': token } };
      expect((await visitor.post('/order', again)).status).toBe(201);
      expect((await visitor.post('/order', again)).status).toBe(201);
    });

    it('gives each page another text', async () => {
      const visitor = new Visitor(url);
      const [one, other] = [await visitor.get('/form'), await visitor.get('/form')];
      expect(one.text).not.toBe(other.text);
      for (const { text } of [one, other])
        expect((await visitor.post('/order', { form: { _csrf: text } })).status).toBe(201);
    });

    it('refuses a form without a token, with what to do', async () => {
      const visitor = new Visitor(url);
      await visitor.get('/form');
      const sent = await visitor.post('/order', { form: { what: 'tea' } });
      expect(reasonOf(sent)).toEqual(refusal('x-csrf-token'));
    });

    it.each(['no', '', 'A'.repeat(67), '__proto__'])('refuses %j as a token', async (token) => {
      const visitor = new Visitor(url);
      await visitor.get('/form');
      const sent = await visitor.post('/order', { form: { _csrf: token } });
      expect(reasonOf(sent)).toEqual(refusal('does not belong'));
    });

    it('refuses the token of another visitor: an attacker logs nobody in as himself', async () => {
      const attacker = new Visitor(url);
      const { text: token } = await attacker.get('/form');
      const victim = new Visitor(url);
      await victim.get('/form');
      const forged = await victim.post('/login/mallory', { form: { _csrf: token } });
      expect(reasonOf(forged)).toEqual(refusal('does not belong'));
      expect(victim.cookies.has('sid')).toBe(false);
    });

    it('refuses where a second cookie of the name was planted', async () => {
      const attacker = new Visitor(url);
      const { text: token } = await attacker.get('/form');
      const victim = new Visitor(url);
      await victim.get('/form');
      const both = [victim.cookieHeader, attacker.cookieHeader];
      for (const cookie of [both.join('; '), both.toReversed().join('; ')]) {
        const headers = { cookie };
        expect((await victim.post('/order', { form: { _csrf: token }, headers })).status).toBe(403);
      }
    });

    it('does not take a token from the query', async () => {
      const visitor = new Visitor(url);
      const { text } = await visitor.get('/form');
      expect((await visitor.post(`/order?_csrf=${text}`)).status).toBe(403);
    });

    it('lets a page begin a session with the token on it', async () => {
      const visitor = new Visitor(url);
      const { text } = await visitor.get('/form-with-cart');
      expect(visitor.cookies.has('sid')).toBe(true);
      expect((await visitor.post('/login/alice', { form: { _csrf: text } })).status).toBe(201);
    });
  });

  describe('of a session', () => {
    let url: string;

    beforeAll(async () => {
      ({ url } = await start());
    });

    async function loggedIn(): Promise<{ visitor: Visitor; before: string; after: string }> {
      const visitor = new Visitor(url);
      const { text: before } = await visitor.get('/form');
      const { text: after } = await visitor.post('/login/alice', { form: { _csrf: before } });
      return { visitor, before, after };
    }

    it('takes the token that was made after the login, and no longer the one from before', async () => {
      const { visitor, before, after } = await loggedIn();
      expect((await visitor.post('/order', { form: { _csrf: after } })).status).toBe(201);
      const old = await visitor.post('/order', { form: { _csrf: before } });
      expect(reasonOf(old)).toEqual(refusal('does not belong'));
    });

    it('ends all tokens with a rotation and with a logout', async () => {
      const { visitor, after } = await loggedIn();
      const { text: rotated } = await visitor.post('/rotate', { form: { _csrf: after } });
      expect((await visitor.post('/order', { form: { _csrf: after } })).status).toBe(403);
      const { text: anonymous } = await visitor.post('/logout', { form: { _csrf: rotated } });
      expect((await visitor.post('/order', { form: { _csrf: rotated } })).status).toBe(403);
      expect((await visitor.post('/order', { form: { _csrf: anonymous } })).status).toBe(201);
    });

    it('refuses the token of another session of the same user', async () => {
      const [one, other] = [await loggedIn(), await loggedIn()];
      expect((await one.visitor.post('/order', { form: { _csrf: other.after } })).status).toBe(403);
    });

    it('takes tokens of an older secret while that is still listed', async () => {
      const { visitor, after } = await loggedIn();
      const next = 'another secret for tests, longer than 32 characters';
      const [listed, dropped] = [
        await start({ secret: [next, SECRET] }),
        await start({ secret: next }),
      ];
      const send = async (to: string): Promise<number> => {
        const browser = new Visitor(to);
        for (const [name, value] of visitor.cookies) browser.cookies.set(name, value);
        return (await browser.post('/order', { form: { _csrf: after } })).status;
      };
      expect([await send(listed.url), await send(dropped.url)]).toEqual([201, 403]);
    });
  });

  describe('by where a request comes from', () => {
    let url: string;
    let visitor: Visitor;
    let token: string;

    beforeAll(async () => {
      ({ url } = await start({ trustedOrigins: ['https://app.example.com'] }));
      visitor = new Visitor(url);
      token = (await visitor.get('/form')).text;
    });

    it.each([
      ['its own page', () => ({ origin: url }), 201],
      ['its own page by HTTPS', () => ({ origin: url.replace('http:', 'https:') }), 201],
      ['a trusted page', () => ({ origin: 'https://app.example.com' }), 201],
      [
        'a trusted page of another site',
        () => ({ origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }),
        201,
      ],
      ['the same origin', () => ({ 'sec-fetch-site': 'same-origin' }), 201],
      ['the address bar', () => ({ 'sec-fetch-site': 'none' }), 201],
      ['no browser', () => ({}), 201],
      ['another site', () => ({ origin: 'https://evil.example' }), 403],
      ['another port', () => ({ origin: 'http://127.0.0.1:1' }), 403],
      ['a sandboxed frame', () => ({ origin: 'null' }), 403],
      ['another scheme', () => ({ origin: url.replace('http:', 'app:') }), 403],
      ['another subdomain', () => ({ 'sec-fetch-site': 'same-site' }), 403],
      ['another site, by fetch metadata', () => ({ 'sec-fetch-site': 'cross-site' }), 403],
    ])('judges a request with a good token from %s', async (_, headers, status) => {
      const sent = await visitor.post('/order', { form: { _csrf: token }, headers: headers() });
      expect(sent.status).toBe(status);
      if (status === 403) expect(reasonOf(sent)).toEqual(refusal('another site'));
    });

    it('takes no plain origin for a request that came by HTTPS', async () => {
      const proxied = await start({ trustProxy: true, cookie: { secure: true } });
      const browser = new Visitor(proxied.url);
      const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' };
      const page = await browser.get('/form', https);
      expect(page.setCookie).toEqual([expect.stringMatching(/^__Host-csrf=.*; Secure/)]);
      const from = async (origin: string): Promise<number> => {
        const headers = { ...https, origin };
        return (await browser.post('/order', { form: { _csrf: page.text }, headers })).status;
      };
      expect(await from('https://shop.example')).toBe(201);
      expect(await from('http://shop.example')).toBe(403);
    });
  });

  describe('by route and transport', () => {
    let url: string;

    beforeAll(async () => {
      ({ url } = await start({ transport: 'both' }));
    });

    it('lets safe methods and exempt routes pass', async () => {
      const visitor = new Visitor(url);
      expect((await visitor.get('/plain')).status).toBe(200);
      expect((await visitor.post('/hook')).status).toBe(201);
    });

    it('lets a session by bearer token pass', async () => {
      const client = new Visitor(url);
      const login = await client.post('/api/login/alice');
      const authorization = `Bearer ${login.headers.get('x-session-token')}`;
      expect((await client.post('/order', { headers: { authorization } })).status).toBe(201);
    });

    it('does not let a cookie pass because of a header that is no token', async () => {
      const visitor = new Visitor(url);
      const { text } = await visitor.get('/form');
      await visitor.post('/login/alice', { form: { _csrf: text } });
      const headers = { authorization: 'Bearer none.of-ours' };
      expect((await visitor.post('/order', { headers })).status).toBe(403);
    });

    it('guards a controller by decorator in a module of the user', async () => {
      const { url: plain } = await start({}, []);
      const visitor = new Visitor(plain);
      expect((await visitor.post('/order')).status).toBe(201);
      expect((await visitor.post('/guarded')).status).toBe(403);
      const { text: token } = await visitor.get('/form');
      expect((await visitor.post('/guarded', { form: { _csrf: token } })).status).toBe(201);
    });

    it('reads the names that the options give', async () => {
      const own = await start({ csrf: { header: 'X-Proof', field: false, cookieName: 'proof' } });
      const visitor = new Visitor(own.url);
      const { text: token } = await visitor.get('/form');
      expect([...visitor.cookies.keys()]).toEqual(['proof']);
      expect((await visitor.post('/order', { headers: { 'x-proof': token } })).status).toBe(201);
      expect((await visitor.post('/order', { form: { _csrf: token } })).status).toBe(403);
    });
  });

  describe('beside the HTTP cache', () => {
    let url: string;

    beforeAll(async () => {
      ({ url } = await start());
    });

    it('keeps a page with a token out of the cache, and says so to caches below', async () => {
      rendered = 0;
      const visitor = new Visitor(url);
      const pages = [await visitor.get('/cached/form'), await visitor.get('/cached/form')];
      expect(rendered).toBe(2);
      expect(pages.map(({ headers }) => headers.get('cache-control'))).toEqual([
        'no-store',
        'no-store',
      ]);
      expect(pages[0]!.text).not.toBe(pages[1]!.text);
    });

    it('does so where the handler calls the page public, and where a session may share it', async () => {
      for (const path of ['/cached/public-form', '/cached/own-form']) {
        const visitor = new Visitor(url);
        await visitor.get(path.includes('own') ? '/form-with-cart' : '/form');
        const pages = [await visitor.get(path), await visitor.get(path)];
        expect(pages[0]!.text).not.toBe(pages[1]!.text);
        expect(pages[1]!.headers.get('cache-status')).not.toContain('hit');
      }
    });

    it('still stores pages without a token', async () => {
      rendered = 0;
      const visitor = new Visitor(url);
      await visitor.get('/form');
      await visitor.get('/cached/news');
      await visitor.get('/cached/news');
      expect(rendered).toBe(1);
    });
  });

  describe('while Redis is frozen', () => {
    it(
      'takes the token of the session by itself, and answers 503 to any other',
      async () => {
        const server = await RedisServer.start();
        const app = await startApp(
          { connection: server.url, session: { secret: SECRET, deadline: '1500ms' } },
          { controllers: [FormController], providers: forEveryRoute },
        );
        try {
          const url = await urlOf(app);
          // A busy machine may need longer than the deadline.
          const { visitor, before, login } = await eventually(async () => {
            const fresh = new Visitor(url);
            const { text } = await fresh.get('/form');
            const answer = await fresh.post('/login/alice', { form: { _csrf: text } });
            expect(answer.status).toBe(201);
            return { visitor: fresh, before: text, login: answer };
          });
          server.freeze();
          const [known, other] = await Promise.all([
            visitor.post('/order', { form: { _csrf: login.text } }),
            visitor.post('/order', { form: { _csrf: before } }),
          ]);
          expect([known.status, other.status]).toEqual([201, 503]);
          expect(other.headers.get('retry-after')).toBe('5');
          const page = await visitor.get('/form');
          server.thaw();
          expect((await visitor.post('/order', { form: { _csrf: page.text } })).status).toBe(201);
        } finally {
          server.thaw();
          await app.close();
          await server.stop();
        }
      },
      START_LIMIT_MS,
    );
  });

  it('refuses options that cannot work, with the reason', () => {
    const make = (session: Partial<SessionOptions>) => () =>
      startApp({ connection: redis.url, session: { secret: SECRET, ...session } });
    return Promise.all([
      expect(make({ trustedOrigins: ['https://a.example/'] })()).rejects.toThrow(
        'trustedOrigins[0]',
      ),
      expect(make({ csrf: { cookieName: '__Host-x' } })()).rejects.toThrow('csrf.cookieName'),
      expect(make({ csrf: { header: 'cookie' } })()).rejects.toThrow('csrf.header'),
    ]);
  });

  it('is exported by the module', () => {
    expect(RedisModule.forRoot({ connection: redis.url }).exports).toEqual(
      expect.arrayContaining([CsrfGuard, CsrfService]),
    );
  });
});
