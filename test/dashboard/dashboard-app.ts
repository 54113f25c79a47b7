import {
  Controller,
  Injectable,
  Module,
  Post,
  Query,
  Req,
  type CanActivate,
  type Provider,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request } from 'express';
import {
  CacheService,
  getCacheToken,
  RedisModule,
  SessionService,
  type Cache,
  type CacheSource,
  type ConnectionOptions,
  type Duration,
} from 'nestjs-redis-kit';
import { RedisDashboardModule } from 'nestjs-redis-kit/dashboard';
import { SECRET, startApp } from '../support/app.js';

/** Lets in whoever has the cookie, as the session of an administrator would. */
@Injectable()
export class AdminGuard implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
    const { cookie = '' } = context.switchToHttp().getRequest<Request>().headers;
    return cookie.includes('role=admin');
  }
}

/** A source that refuses the keys that begin with `bad`. */
@Injectable()
export class Stock implements CacheSource<number> {
  readonly rows = new Map<string, number>();
  refuses = true;

  load(key: string): number | undefined {
    return this.rows.get(key);
  }

  write(key: string, value: number): void {
    if (this.refuses && key.startsWith('bad'))
      throw new Error(`violates check "stock_not_negative"`);
    this.rows.set(key, value);
  }
}

@Controller()
class LoginController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login')
  async login(@Req() request: Request, @Query('user') user: string): Promise<void> {
    await this.sessions.login(request, user);
  }
}

@Module({ providers: [Stock], exports: [Stock] })
class StockModule {}

const WRITE_BEHIND = { attempts: 1, retryDelay: '10ms', delay: '10ms' } as const;

const PATIENT = { cache: '10s', session: '10s' } as const;

/** An application with caches of all kinds and sessions, and the dashboard for administrators. */
export function startDashboardApp(
  { url }: { readonly url: ConnectionOptions },
  providers: Provider[] = [],
  deadlines: { readonly cache: Duration; readonly session: Duration } = PATIENT,
): Promise<NestExpressApplication> {
  return startApp(
    {
      connection: url,
      cache: { ttl: '5m', deadline: deadlines.cache },
      session: { secret: SECRET, deadline: deadlines.session, idleTimeout: '30m' },
    },
    {
      imports: [
        StockModule,
        RedisModule.forFeature({
          caches: {
            products: { ttl: '1h', jitter: 0.5, memory: { maxEntries: 2000 } },
            searches: { ttl: '30s' },
            stock: { source: Stock, writeMode: 'behind', writeBehind: WRITE_BEHIND },
          },
        }),
        RedisDashboardModule.forRoot({ path: '/redis', guard: AdminGuard, sampleEvery: '500ms' }),
      ],
      controllers: [LoginController],
      providers,
    },
  );
}

export const cacheOf = (app: NestExpressApplication, name: string): Cache<unknown> =>
  app.get<Cache<unknown>>(getCacheToken(name));

/** 10,000 products, some of other caches, 2,000 sessions of 1,600 users, and dead letters. */
export async function fillApp(app: NestExpressApplication): Promise<void> {
  const products = Array.from(
    { length: 10_000 },
    (_, at) => [`product:${at}`, product(at)] as const,
  );
  for (let at = 0; at < products.length; at += 1000)
    await cacheOf(app, 'products').setMany(products.slice(at, at + 1000), { tags: ['catalogue'] });
  await cacheOf(app, 'products').set('account', { name: 'Ada', accessToken: 'very-secret-token' });
  await app.get(CacheService).set('settings', { theme: 'calm' });
  const sessions = app.get(SessionService);
  for (let at = 0; at < 2000; at += 200)
    await Promise.all(
      Array.from({ length: 200 }, (_, next) =>
        sessions.create({ userId: `user-${(at + next) % 1600}` }),
      ),
    );
  const stock = cacheOf(app, 'stock');
  await Promise.all(['lamp', 'chair', 'bad-lamp', 'bad-chair'].map((key) => stock.set(key, -3)));
}

function product(at: number): object {
  return {
    id: at,
    name: `Product ${at}`,
    price: 100 + (at % 900),
    text: 'x'.repeat(50 + (at % 700)),
  };
}

/** Readers that come and go, until the returned function is called. */
export function makeTraffic(app: NestExpressApplication): () => Promise<void> {
  const end = new AbortController();
  const run = async (): Promise<void> => {
    for (let turn = 0; !end.signal.aborted; turn += 1) {
      await readSome(app, turn);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const running = run();
  return () => {
    end.abort();
    return running;
  };
}

/** Most readers want few products; now and then a wave of rare ones and of searches comes. */
async function readSome(app: NestExpressApplication, turn: number): Promise<void> {
  const wave = 4 + Math.round(3 * Math.sin(turn / 60));
  const products = Array.from({ length: 12 + wave }, (_, at) => {
    const rare = at < wave ? 4000 : 400;
    return cacheOf(app, 'products').get(`product:${Math.floor(Math.random() ** 2 * rare)}`);
  });
  const searches = Array.from({ length: wave }, () =>
    cacheOf(app, 'searches').getOrSet(`q:${Math.floor(Math.random() * 20_000)}`, () => ({
      hits: 3,
    })),
  );
  await Promise.all([...products, ...searches]);
}
