import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Param,
  Post,
  Put,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import {
  CacheInterceptor,
  CachePolicy,
  CacheScope,
  CacheTTL,
  Validator,
  type ValidatorFunction,
} from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { NestApp } from './support/nest-app.js';

type Visitor = Request & {
  bucket?: string;
  lang?: string;
  user?: { id?: string };
  session?: object;
};

let runs = 0;
/** Which run of the handler never ends. */
let hangingRun = 0;
/** What those get who come without a cookie, in turn. */
let draws: string[] = [];
/** For whom the handler of the buckets ran. */
const served: unknown[] = [];

class ActingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Visitor>();
    const as = request.headers['x-as'];
    if (typeof as === 'string') request.user = as === 'nobody' ? {} : { id: as };
    return true;
  }
}

/** Two versions of a controller often share its name. */
function catsOf(version: string): new () => object {
  @Controller({ path: 'cats', version })
  @UseInterceptors(CacheInterceptor)
  @CacheScope('public')
  class CatsController {
    @Get()
    list(): object {
      return { version };
    }
  }
  return CatsController;
}

@Controller({ version: ['1', '2'] })
@UseInterceptors(CacheInterceptor)
class AttackedController {
  @Get('list')
  @CacheScope('public')
  @CachePolicy({ query: { allow: ['page'] } })
  list(@Req() req: Request): object {
    return { page: req.query.page ?? 'first' };
  }

  @Get('bucket')
  @CacheScope((req) => (req as Visitor).bucket)
  @CacheTTL(1)
  @CachePolicy({ staleWhileRevalidate: '1m' })
  bucket(@Req() req: Visitor): object {
    served.push(req.bucket);
    return { bucket: req.bucket };
  }

  @Get('acting')
  @UseGuards(ActingGuard)
  @CacheScope('user')
  acting(@Req() req: Visitor): object {
    return { user: req.user?.id ?? 'of the session' };
  }

  @Get('switch')
  @UseGuards(ActingGuard)
  @CacheScope('user')
  switched(@Req() req: Visitor): object {
    runs += 1;
    if (runs === 1) req.user = { id: 'somebody else' };
    return { user: req.user?.id };
  }

  @Get('language')
  @CacheScope('public')
  language(@Req() req: Visitor): object {
    return { language: req.lang };
  }

  @Get('personal')
  personal(): object {
    return {};
  }

  @Get('bad-tag')
  @CacheScope('public')
  @Validator(() => ({ etag: '"v\n1"' }))
  badTag(): object {
    return { ok: true };
  }

  @Get('bad-date')
  @CacheScope('public')
  @Validator((() => ({ lastModified: '2020-01-01' })) as unknown as ValidatorFunction)
  badDate(): object {
    return { ok: true };
  }

  @Get('slow-validator')
  @CacheScope('public')
  @Validator(() => new Promise<undefined>(() => undefined))
  slowValidator(): object {
    return { ok: true };
  }

  @Get('refused')
  @CacheScope('public')
  refused(@Res() res: Response): void {
    res.end({ a: 1 } as unknown as string);
  }

  @Post('refused')
  refusedChange(@Res() res: Response): void {
    res.end({ a: 1 } as unknown as string);
  }

  @Get('hanging')
  @CacheScope('public')
  hanging(): Promise<object> | object {
    runs += 1;
    return runs === 1 ? new Promise(() => undefined) : { runs };
  }

  @Get('refreshed')
  @CacheScope('public')
  @CacheTTL(1)
  @CachePolicy({ staleWhileRevalidate: '1m' })
  refreshed(): Promise<object> | object {
    runs += 1;
    return runs === hangingRun ? new Promise(() => undefined) : { runs };
  }

  @Get('confirmed')
  @CacheScope('public')
  @CachePolicy({ freshness: 'headers' })
  confirmed(@Req() req: Request, @Res() res: Response): void {
    res.setHeader('ETag', '"1"');
    if (req.headers['if-none-match'] === '"1"') res.cookie('seen', 'yes').status(304).end();
    else res.send('text');
  }

  @Get('no-reason')
  @CacheScope('public')
  noReason(@Res() res: Response): void {
    const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => Response;
    writeHead(200, { 'X-Given': 'yes' }, undefined);
    res.end('text');
  }

  @Get('Shelves/:id')
  @CacheScope('public')
  shelf(@Param('id') id: string): object {
    runs += 1;
    return { id, runs };
  }

  @Put('shelves/:id')
  fill(): object {
    return {};
  }

  @Get('by-cookie')
  @CacheScope('public')
  byCookie(@Res({ passthrough: true }) res: Response): object {
    res.vary('Cookie');
    return {};
  }
}

let nest: NestApp;
const version = (number: string, headers: object = {}): Record<string, string> => ({
  'X-Version': number,
  ...headers,
});
const get = (path: string, headers: object = {}) => nest.get(path, version('1', headers));

beforeAll(async () => {
  nest = await NestApp.start(
    { controllers: [catsOf('1'), catsOf('2'), AttackedController] },
    { cache: { loadWait: '300ms' } },
    (app) => {
      app.enableVersioning({ type: VersioningType.HEADER, header: 'X-Version' });
      app.set('query parser', 'extended');
      app.use((req: Visitor, res: Response, next: () => void) => {
        if (req.url.startsWith('/bucket'))
          req.bucket = /b=(\w)/.exec(req.headers.cookie ?? '')?.[1] ?? draws.shift();
        if (req.url.startsWith('/acting')) Object.assign(req, { session: { userId: 'admin' } });
        if (req.url.startsWith('/language')) {
          req.lang = req.headers['accept-language'];
          res.vary('Accept-Language');
        }
        next();
      });
    },
  );
});
afterAll(() => nest.stop());
beforeEach(() => {
  runs = 0;
});

describe('one visitor and the answer of another', () => {
  it('does not store what a refresh brought for another group', async () => {
    await get('/bucket', { Cookie: 'b=A' });
    await eventually(async () => {
      draws = ['A', 'B'];
      // The first draw is that of the request, the second that of the refresh which it causes.
      expect((await get('/bucket')).headers['x-cache']).toBe('STALE');
      await eventually(() => expect(served).toContain('B'), 500);
    });
    for (let at = 0; at < 5; at += 1)
      expect((await get('/bucket', { Cookie: 'b=A' })).body).toBe('{"bucket":"A"}');
  });

  it('tells whom a guard named from the user of the session', async () => {
    const ask = async (as?: string): Promise<string> =>
      (await get('/acting', as === undefined ? {} : { 'X-As': as })).body;
    expect(await ask('ann')).toBe('{"user":"ann"}');
    expect(await ask('bob')).toBe('{"user":"bob"}');
    expect(await ask()).toBe('{"user":"of the session"}');
    expect((await get('/acting', { 'X-As': 'nobody' })).headers['x-cache']).toBe('BYPASS');
  });

  it('does not store the answer of a handler that made its visitor somebody else', async () => {
    await get('/switch', { 'X-As': 'ann' });
    expect((await get('/switch', { 'X-As': 'ann' })).body).toBe('{"user":"ann"}');
  });

  it('takes `[page]` for `page`, as the extended parser does', async () => {
    await get('/list?[page]=evil');
    expect((await get('/list')).body).toBe('{"page":"first"}');
  });

  it('tells versions of one controller name apart', async () => {
    await nest.get('/cats', version('1'));
    expect((await nest.get('/cats', version('2'))).body).toBe('{"version":"2"}');
  });

  it('heeds a Vary of middleware that told the handler what it found', async () => {
    await get('/language', { 'Accept-Language': 'de' });
    const { body } = await get('/language', { 'Accept-Language': 'en' });
    expect(body).toBe('{"language":"en"}');
  });

  it('keeps caches below from sharing what it does not share', async () => {
    const { headers } = await get('/personal', { Authorization: 'Bearer x' });
    expect(headers['cache-control']).toBe('private, no-cache');
  });

  it('names no cookie in a key', async () => {
    await get('/by-cookie', { Cookie: 'sid=a-secret-id' });
    const keys = await nest.redis.use((client) => client.keys('*by-cookie*'));
    expect(keys).not.toHaveLength(0);
    expect(keys.join()).not.toContain('a-secret-id');
  });
});

describe('mistakes of handlers and validators', () => {
  it.each(['/bad-tag', '/bad-date', '/slow-validator'])(
    'answers %s as if there were no validator',
    async (path) => {
      expect((await get(path)).body).toBe('{"ok":true}');
    },
  );

  it('leaves a chunk that Node refuses to the exception filter', async () => {
    expect((await get('/refused')).status).toBe(500);
    expect((await get('/refused')).status).toBe(500);
    const changed = await nest.send('/refused', { method: 'POST', headers: version('1') });
    expect(changed.status).toBe(500);
  });

  it('forgets a handler that never answers once its client has left', async () => {
    const left = new AbortController();
    const first = fetch(`${nest.url}/hanging`, { headers: version('1'), signal: left.signal });
    await eventually(() => expect(runs).toBe(1));
    left.abort();
    await expect(first).rejects.toThrow();
    // In the end somebody loads and stores it again, and the others get it at once.
    await eventually(async () => {
      expect((await get('/hanging')).headers['cache-status']).toContain('; hit;');
    });
  });
});

describe('a refresh that nobody waits for', () => {
  it('does not hinder the next one when it never ends', async () => {
    hangingRun = 2;
    await get('/refreshed');
    await eventually(async () => {
      await get('/refreshed');
      expect(runs).toBe(2);
    });
    await eventually(async () => {
      expect(JSON.parse((await get('/refreshed')).body)).not.toEqual({ runs: 1 });
    }, 15_000);
  }, 20_000);

  it('says nothing of a body that its client had', async () => {
    hangingRun = 0;
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '2' };
    const before = (await get('/refreshed?body')).body;
    await eventually(async () => {
      const { body } = await nest.send('/refreshed?body', {
        headers: version('1', headers),
        body: '{}',
      });
      expect(body).not.toBe(before);
    });
  });
});

describe('fields', () => {
  it('keep the cookie of a handler that confirms what is stored', async () => {
    await eventually(async () => {
      await get('/confirmed');
      const { headers, status, body } = await get('/confirmed');
      expect([status, body, headers['x-cache']]).toEqual([200, 'text', 'REVALIDATED']);
      expect(headers['set-cookie']).toContain('seen=yes');
    });
  });

  it('count although `writeHead` was given an undefined behind them', async () => {
    expect((await get('/no-reason')).headers['x-given']).toBe('yes');
    expect((await get('/no-reason')).headers['x-given']).toBe('yes');
  });
});

describe('a changed resource', () => {
  it('is not served as it was where it is spelled in other letters', async () => {
    const before = (await get('/Shelves/1')).body;
    await nest.send('/shelves/1', { method: 'PUT', headers: version('1') });
    expect((await get('/Shelves/1')).body).not.toBe(before);
  });
});
