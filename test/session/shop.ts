import 'reflect-metadata';
import { EventEmitter, once } from 'node:events';
import { promisify } from 'node:util';
import {
  Body,
  Controller,
  Get,
  Module,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
  type DynamicModule,
  type MiddlewareConsumer,
  type NestModule,
  type Type,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { Request, Response } from 'express';
import type { Session as ExpressSession } from 'express-session';
import { Cluster, Redis } from 'ioredis';
import {
  CurrentUser,
  Public,
  RedisSessionStore,
  SESSION_CLIENT,
  SESSION_EXPORTS,
  SESSION_OPTIONS,
  Session,
  SessionEvents,
  SessionGuard,
  SessionMiddleware,
  SessionService,
  resolveSessionOptions,
  sessionProviders,
  type SessionOptions,
} from './library.js';

export { Browser, json, type Answer } from './browser.js';

export const SECRET = 'a secret for tests, longer than 32 characters';

type Bag = Record<string, unknown>;

/** A door that a handler waits at until the test opens it: slow requests without a sleep. */
export class Gate {
  readonly #events = new EventEmitter();
  /** Resolves when a handler stands at the gate. */
  readonly reached = once(this.#events, 'reached');
  readonly #opened = once(this.#events, 'opened');

  open(): void {
    this.#events.emit('opened');
  }

  async pass(): Promise<void> {
    this.#events.emit('reached');
    await this.#opened;
  }
}

/** Gates by name, for the handlers of `ShopController`. */
export const gates = new Map<string, Gate>();

export function gate(name: string): Gate {
  const made = new Gate();
  gates.set(name, made);
  return made;
}

@Controller()
export class ShopController {
  constructor(private readonly sessions: SessionService) {}

  @Get('public')
  visit(): string {
    return 'welcome';
  }

  @Get('session')
  show(@Session() session: Bag): Bag {
    return session;
  }

  @Post('set/:key')
  set(@Session() session: Bag, @Param('key') key: string, @Body() body?: Bag): Bag {
    session[key] = body?.['value'] ?? true;
    return { set: key };
  }

  @Post('slow/:gate/:key')
  async setSlowly(
    @Session() session: Bag,
    @Param('gate') name: string,
    @Param('key') key: string,
  ): Promise<Bag> {
    await gates.get(name)?.pass();
    session[key] = true;
    return { set: key };
  }

  @Post('delete/:key')
  delete(@Session() session: Bag, @Param('key') key: string): Bag {
    delete session[key];
    return { deleted: key };
  }

  @Post('bigint')
  putBigInt(@Session() session: Bag): Bag {
    session['amount'] = 1n;
    return { stored: true };
  }

  @Post('cycle')
  putCycle(@Session() session: Bag): Bag {
    session['cart'] = { session };
    return { stored: true };
  }

  @Post('twice/:gate')
  async saveTwice(
    @Session() session: Bag & ExpressSession,
    @Param('gate') name: string,
  ): Promise<Bag> {
    await gates.get(name)?.pass();
    session['first'] = true;
    await promisify(session.save.bind(session))();
    session['second'] = true;
    return { saved: 2 };
  }

  @Post('stream')
  stream(@Session() session: Bag, @Res() response: Response): void {
    session['streamed'] = true;
    response.write('first ');
    response.end('last');
  }

  @Post('redirect-bigint')
  redirectBigInt(@Session() session: Bag, @Res() response: Response): void {
    session['amount'] = 1n;
    response.redirect('/profile');
  }

  @Post('stream-bigint')
  streamBigInt(@Session() session: Bag, @Res() response: Response): void {
    session['amount'] = 1n;
    response.write('first ');
    response.end('last');
  }

  @Post('login/:user')
  async login(@Req() request: Request, @Param('user') user: string): Promise<Bag> {
    await this.sessions.login(request, user, { keep: ['cart'], data: { role: 'customer' } });
    return { user };
  }

  @Post('login-after/:gate/:user')
  async loginSlowly(
    @Req() request: Request,
    @Param('gate') name: string,
    @Param('user') user: string,
  ): Promise<Bag> {
    await gates.get(name)?.pass();
    return this.login(request, user);
  }

  @Post('login-and-go/:user')
  async loginAndGo(
    @Req() request: Request,
    @Res() response: Response,
    @Param('user') user: string,
  ): Promise<void> {
    await this.sessions.login(request, user);
    response.redirect('/profile');
  }

  @Post('remember')
  remember(@Req() request: Request): Bag {
    request.session.cookie.maxAge = 30 * 24 * 60 * 60 * 1000;
    return { remembered: true };
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<Bag> {
    await this.sessions.logout(request);
    return { user: null };
  }

  /** As applications that know express-session log out. */
  @Post('destroy')
  async destroy(@Req() { session }: Request): Promise<Bag> {
    await promisify(session.destroy.bind(session))();
    return { user: null };
  }

  @UseGuards(SessionGuard)
  @Get('devices')
  async devices(@Req() request: Request, @CurrentUser() user: string): Promise<Bag> {
    return { devices: await this.sessions.list(user, request) };
  }

  @UseGuards(SessionGuard)
  @Post('revoke-others')
  async revokeOthers(@Req() request: Request): Promise<Bag> {
    return { revoked: await this.sessions.revokeOthers(request) };
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<Bag> {
    await this.sessions.rotate(request);
    return { rotated: true };
  }

  @Post('regenerate')
  async regenerate(@Req() request: Request): Promise<Bag> {
    const { userId } = request.session;
    await promisify(request.session.regenerate.bind(request.session))();
    if (userId !== undefined) request.session.userId = userId;
    return { regenerated: true };
  }

  @UseGuards(SessionGuard)
  @Get('profile')
  profile(@CurrentUser() user: string): Bag {
    return { user };
  }
}

@UseGuards(SessionGuard)
@Controller('account')
export class AccountController {
  @Get()
  index(): string {
    return 'account';
  }

  @Post()
  change(): string {
    return 'changed';
  }

  @Public()
  @Get('help')
  help(): string {
    return 'help';
  }
}

@Module({})
class SessionsModule implements NestModule {
  static for(client: Redis, options: Partial<SessionOptions>): DynamicModule {
    const resolved = resolveSessionOptions({ secret: SECRET, ...options }, {});
    return {
      module: SessionsModule,
      global: true,
      providers: [
        { provide: SESSION_OPTIONS, useValue: resolved },
        { provide: SESSION_CLIENT, useValue: () => client },
        ...sessionProviders(),
      ],
      exports: SESSION_EXPORTS,
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(SessionMiddleware).forRoutes('{*path}');
  }
}

export interface Shop {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly sessions: SessionService;
  readonly events: SessionEvents;
  /** The connection of the sessions. */
  readonly client: Redis;
  readonly store: RedisSessionStore;
  close(): Promise<void>;
}

/** For one server, and for a Cluster by its URL. */
function clientOf(url: string): Redis {
  const nodes = /^redis-cluster:\/\/(.*)$/.exec(url)?.[1]?.split(',');
  if (!nodes) return new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  return new Cluster(
    nodes.map((node) => `redis://${node}`),
    { clusterRetryStrategy: () => 50 },
  ) as unknown as Redis;
}

/** A small shop with sessions on the given Redis, on a free loopback port. */
export async function openShop(
  redisUrl: string,
  options: Partial<SessionOptions> = {},
  controllers: readonly Type[] = [],
): Promise<Shop> {
  const client = clientOf(redisUrl);
  client.on('error', () => undefined); // A stopped server is part of the tests.
  const module = await Test.createTestingModule({
    imports: [SessionsModule.for(client, options)],
    controllers: [ShopController, AccountController, ...controllers],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ logger: false });
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: await app.getUrl(),
    sessions: app.get(SessionService, { strict: false }),
    events: app.get(SessionEvents, { strict: false }),
    client,
    store: app.get(RedisSessionStore, { strict: false }),
    close: async () => {
      client.disconnect();
      await app.close();
    },
  };
}
