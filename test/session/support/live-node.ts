import type { IncomingMessage } from 'node:http';
import { Controller, Get, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
} from '@nestjs/websockets';
import type { Request } from 'express';
import {
  SessionService,
  SessionSockets,
  WsSessionGuard,
  type AdmitOptions,
  type SessionOptions,
} from 'nestjs-redis-kit';
import type { WebSocket } from 'ws';
import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { SECRET, startApp, urlOf } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { RedisServer } from '../../support/redis-server.js';
import { LiveSocket } from './live-socket.js';
import { Visitor } from './visitor.js';

@Controller()
export class AccountController {
  constructor(private readonly sessions: SessionService) {}

  @Post('login/:user')
  async login(@Req() request: Request, @Param('user') user: string): Promise<string> {
    await this.sessions.login(request, user);
    return 'welcome';
  }

  @Post('api/login/:user')
  async apiLogin(@Req() request: Request, @Param('user') user: string): Promise<string> {
    await this.sessions.login(request, user, { transport: 'bearer' });
    return 'welcome';
  }

  @Post('visit')
  visit(@Req() request: Request): string {
    (request.session as unknown as Record<string, unknown>)['visited'] = true;
    return 'visited';
  }

  @Post('rotate')
  async rotate(@Req() request: Request): Promise<string> {
    await this.sessions.rotate(request);
    return 'rotated';
  }

  @Post('logout')
  async logout(@Req() request: Request): Promise<string> {
    await this.sessions.logout(request);
    return 'bye';
  }

  @Post('revoke-others')
  revokeOthers(@Req() request: Request): Promise<number> {
    return this.sessions.revokeOthers(request);
  }

  @Get()
  index(): string {
    return 'index';
  }
}

const ADMIT_OPTIONS = Symbol('admit options');

@UseGuards(WsSessionGuard)
@WebSocketGateway({ path: '/live' })
class LiveGateway implements OnGatewayConnection<WebSocket> {
  constructor(
    private readonly sockets: SessionSockets,
    @Inject(ADMIT_OPTIONS) private readonly options: AdmitOptions,
  ) {}

  async handleConnection(socket: WebSocket, request: IncomingMessage): Promise<void> {
    if (request.headers['x-forgotten'] !== undefined) return;
    const session = await this.sockets.admit(socket, request, this.options);
    if (session) socket.send(JSON.stringify({ event: 'hello', data: session }));
  }

  @SubscribeMessage('who')
  who(@ConnectedSocket() socket: WebSocket): { event: string; data: unknown } {
    return { event: 'you', data: this.sockets.sessionOf(socket)?.userId ?? null };
  }
}

/** A node of an application with a gateway. */
export class LiveNode {
  readonly sessions: SessionService;
  readonly sockets: SessionSockets;

  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
  ) {
    this.sessions = app.get(SessionService);
    this.sockets = app.get(SessionSockets);
  }

  static async start(
    connection: string,
    session: Partial<SessionOptions> = {},
    admit: AdmitOptions = {},
  ): Promise<LiveNode> {
    const app = await startApp(
      { connection, session: { secret: SECRET, deadline: '10s', ...session } },
      {
        controllers: [AccountController],
        providers: [LiveGateway, { provide: ADMIT_OPTIONS, useValue: admit }],
      },
      (made) => made.useWebSocketAdapter(new WsAdapter(made)),
    );
    return new LiveNode(app, await urlOf(app));
  }

  async loggedIn(user = 'alice'): Promise<Visitor> {
    const visitor = new Visitor(this.url);
    await visitor.post(`/login/${user}`);
    return visitor;
  }

  /** A socket of a page of this node's own, in the visitor's browser. */
  async connect(
    visitor?: Visitor,
    headers: Readonly<Record<string, string>> = { origin: this.url },
  ): Promise<LiveSocket> {
    const cookie = visitor?.cookieHeader ?? '';
    return LiveSocket.open(`${this.url}/live`, { ...headers, ...(cookie !== '' && { cookie }) });
  }

  /** A socket that was admitted. */
  async admitted(visitor: Visitor): Promise<LiveSocket> {
    const live = await this.connect(visitor);
    await live.heard('hello');
    return live;
  }
}

/** Longer than any test: nothing is found out by looking. */
export const NEVER = { checkInterval: '1h' } as const;
export const SOON = { checkInterval: '200ms' } as const;

/** The id inside the visitor's signed cookie. */
export function idOf(visitor: Visitor): string {
  const value = decodeURIComponent(visitor.cookies.get('sid')!);
  return value.slice('s:'.length, value.lastIndexOf('.'));
}

/** A Redis for a test file, and nodes on it that live for one test. */
export class LiveBench {
  readonly #nodes: LiveNode[] = [];

  constructor(private readonly server: () => RedisServer) {}

  get redis(): RedisServer {
    return this.server();
  }

  async node(session: Partial<SessionOptions> = {}, admit: AdmitOptions = {}): Promise<LiveNode> {
    const started = await LiveNode.start(this.redis.url, session, admit);
    this.#nodes.push(started);
    return started;
  }

  /** Resolves when the events of each node reach the others. */
  async hearEachOther(): Promise<void> {
    await eventually(async () => {
      const reply = await this.redis.use((client) => client.pubsub('NUMSUB', 'index:sess:events'));
      expect(Number(reply[1])).toBe(this.#nodes.length);
    });
  }

  async close(): Promise<void> {
    this.redis.thaw();
    await Promise.all(this.#nodes.splice(0).map(({ app }) => app.close()));
  }
}

/** Starts a Redis before the tests of the file; nodes end with their test. */
export function useLiveNodes(): LiveBench {
  let server: RedisServer;
  const bench = new LiveBench(() => server);
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => bench.close());
  afterAll(() => server.stop());
  return bench;
}
