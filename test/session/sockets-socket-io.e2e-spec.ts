import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { UseGuards } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IoAdapter } from '@nestjs/platform-socket.io';
import {
  ConnectedSocket,
  SubscribeMessage,
  WebSocketGateway,
  type OnGatewayConnection,
} from '@nestjs/websockets';
import { SessionSockets, WsSessionGuard, type SessionOptions } from 'nestjs-redis-kit';
import type { Socket as ServerSocket } from 'socket.io';
import { io, type Socket } from 'socket.io-client';
import { SECRET, startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { AccountNode } from './support/account-node.js';
import { AccountController, NEVER, SOON, idOf } from './support/live-node.js';
import { START_LIMIT_MS } from './support/use-sessions.js';
import { Visitor } from './support/visitor.js';

@UseGuards(WsSessionGuard)
@WebSocketGateway()
class ChatGateway implements OnGatewayConnection<ServerSocket> {
  constructor(private readonly sockets: SessionSockets) {}

  async handleConnection(client: ServerSocket): Promise<void> {
    const session = await this.sockets.admit(client, client.request);
    if (session) client.emit('hello', session);
  }

  @SubscribeMessage('who')
  who(@ConnectedSocket() client: ServerSocket): unknown {
    return this.sockets.sessionOf(client)?.userId;
  }
}

/** A page with Socket.IO. */
class Page {
  readonly socket: Socket;
  readonly greetings: unknown[] = [];
  /** Why the client says that it is not connected any more. */
  readonly left: Promise<string>;

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.socket = io(url, {
      // By polling, Engine.IO keeps a process for half a minute after the last socket.
      transports: ['websocket'],
      extraHeaders: headers,
      forceNew: true,
      reconnectionDelay: 10,
    });
    this.socket.on('hello', (greeting) => this.greetings.push(greeting));
    this.left = new Promise((resolve) => this.socket.once('disconnect', resolve));
  }

  async greeted(): Promise<unknown> {
    return eventually(() => {
      expect(this.greetings).toHaveLength(1);
      return this.greetings[0];
    });
  }
}

describe('a gateway of Socket.IO', () => {
  let server: RedisServer;
  /** Another process, without sockets. */
  let other: AccountNode;
  const apps: NestExpressApplication[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    server = await RedisServer.start();
    other = await AccountNode.start(server.url, { deadline: '20s', shareEvents: true });
  }, START_LIMIT_MS);
  afterEach(async () => {
    for (const { socket } of pages.splice(0)) {
      const { engine } = socket.io;
      socket.disconnect();
      await eventually(() => expect(engine.readyState).toBe('closed'));
    }
    for (const app of apps.splice(0)) await app.close();
  });
  afterAll(async () => {
    await other.stop();
    await server.stop();
  });

  async function started(session: Partial<SessionOptions>): Promise<string> {
    const app = await startApp(
      { connection: server.url, session: { secret: SECRET, deadline: '20s', ...session } },
      { controllers: [AccountController], providers: [ChatGateway] },
      (made) => made.useWebSocketAdapter(new IoAdapter(made)),
    );
    apps.push(app);
    return urlOf(app);
  }

  async function loggedIn(url: string): Promise<Visitor> {
    const visitor = new Visitor(url);
    await visitor.post('/login/alice');
    return visitor;
  }

  function open(url: string, visitor: Visitor, origin = url): Page {
    const page = new Page(url, { cookie: visitor.cookieHeader, origin });
    pages.push(page);
    return page;
  }

  it('finds the session of the handshake, also for messages', async () => {
    const url = await started({ sockets: NEVER });
    const page = open(url, await loggedIn(url));
    expect(await page.greeted()).toMatchObject({ userId: 'alice' });
    expect(await page.socket.emitWithAck('who')).toBe('alice');
  });

  it('is not for who has no session, nor for a page of another site', async () => {
    const url = await started({ sockets: NEVER });
    const visitor = await loggedIn(url);
    for (const page of [open(url, new Visitor(url)), open(url, visitor, 'https://evil.example')]) {
      expect(await page.left).toBe('io server disconnect');
      expect(page.greetings).toEqual([]);
      // Only that reason keeps the client from trying again and again.
      expect(page.socket.active).toBe(false);
    }
  });

  it('disconnects with the logout on its own node', async () => {
    const url = await started({ sockets: NEVER });
    const visitor = await loggedIn(url);
    const [page, stays] = [open(url, visitor), open(url, await loggedIn(url))];
    await Promise.all([page.greeted(), stays.greeted()]);
    await visitor.post('/logout');
    expect(await page.left).toBe('io server disconnect');
    expect([page.socket.active, stays.socket.connected]).toEqual([false, true]);
  });

  it('disconnects with the end in another process, at once where that shares its events', async () => {
    const url = await started({ shareEvents: true, sockets: NEVER });
    const visitor = await loggedIn(url);
    const page = open(url, visitor);
    await page.greeted();
    await server.use(async (redis) =>
      eventually(async () =>
        expect(await redis.pubsub('NUMSUB', 'index:sess:events')).toEqual(['index:sess:events', 2]),
      ),
    );
    expect(await other.call('destroy', idOf(visitor))).toBe(true);
    expect(await page.left).toBe('io server disconnect');
  });

  it('disconnects with the end in another process that tells nobody, at the next check', async () => {
    const url = await started({ sockets: SOON });
    const visitor = await loggedIn(url);
    const page = open(url, visitor);
    await page.greeted();
    expect(await other.call('revokeAll', 'alice')).toBeGreaterThan(0);
    expect(await page.left).toBe('io server disconnect');
  });
});
