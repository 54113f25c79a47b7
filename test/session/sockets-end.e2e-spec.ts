import { EventEmitter } from 'node:events';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisConnections } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { LiveNode, NEVER, SOON, idOf, useLiveNodes, type LiveBench } from './support/live-node.js';
import { trafficOf } from './support/round-trips.js';
import { Visitor } from './support/visitor.js';

const bench = useLiveNodes();
const node: LiveBench['node'] = (session, admit) => bench.node(session, admit);

/** An upgrade request as gateways get it. */
function handshakeOf({ url }: LiveNode, { cookieHeader: cookie }: Visitor): IncomingMessage {
  return { headers: { host: new URL(url).host, cookie }, socket: {} } as IncomingMessage;
}

function moved(visitor: Visitor, to: LiveNode): Visitor {
  const copy = new Visitor(to.url);
  for (const [name, value] of visitor.cookies) copy.cookies.set(name, value);
  return copy;
}

describe('a socket is closed with 1008', () => {
  it('when its session is logged out or rotated, with the reason', async () => {
    const shop = await node({ sockets: NEVER });
    const ends: [string, string][] = [
      ['/logout', 'session ended'],
      ['/rotate', 'session regenerated'],
      ['/login/bob', 'session regenerated'],
    ];
    for (const [path, reason] of ends) {
      const visitor = await shop.loggedIn();
      const [one, other] = [await shop.admitted(visitor), await shop.admitted(visitor)];
      const stays = await shop.admitted(await shop.loggedIn());
      await visitor.post(path);
      expect([await one.closed, await other.closed]).toEqual([
        { code: 1008, reason },
        { code: 1008, reason },
      ]);
      expect(stays.isOpen).toBe(true);
    }
  });

  it('when another node ends its session, and that node shares its events', async () => {
    const options = { shareEvents: true, sockets: NEVER };
    const [a, b] = [await node(options), await node(options)];
    await bench.hearEachOther();
    const visitor = await a.loggedIn('carol');
    const mine = await a.admitted(visitor);
    const other = await a.admitted(await a.loggedIn('carol'));
    await moved(visitor, b).post('/revoke-others');
    expect(await other.closed).toEqual({ code: 1008, reason: 'session revoked' });
    expect(mine.isOpen).toBe(true);
    await moved(visitor, b).post('/logout');
    expect(await mine.closed).toEqual({ code: 1008, reason: 'session ended' });
  });

  it('within the check interval when a node ends its session while the bus is down', async () => {
    const [a, b] = [
      await node({ shareEvents: true, sockets: SOON }),
      await node({ shareEvents: true }),
    ];
    await bench.hearEachOther();
    const live = await a.admitted(await a.loggedIn('dave'));
    const stays = await a.admitted(await a.loggedIn('erin'));
    a.app.get(RedisConnections).client('default', 'subscriber').disconnect();
    expect(await b.sessions.revokeAll('dave')).toBe(1);
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
    expect(stays.isOpen).toBe(true);
  });

  it('when its session is deleted without a word', async () => {
    const shop = await node({ sockets: SOON });
    const visitor = await shop.loggedIn();
    const live = await shop.admitted(visitor);
    await bench.redis.use((client) => client.del(`sess:${idOf(visitor)}`));
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
  });

  it('when its idle timeout passes, however rarely it is looked after', async () => {
    const shop = await node({ idleTimeout: '1500ms', sockets: NEVER });
    const live = await shop.admitted(await shop.loggedIn());
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
  });

  it('when its absolute timeout passes, however busy its user is', async () => {
    const shop = await node({ idleTimeout: '1500ms', absoluteTimeout: '2500ms', sockets: NEVER });
    const visitor = await shop.loggedIn();
    const live = await shop.admitted(visitor);
    await eventually(async () => {
      await visitor.get('/');
      expect(live.isOpen).toBe(false);
    }, 8000);
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
  }, 15_000);

  it('when its absolute timeout passes, also where another program let it live longer', async () => {
    const shop = await node({ idleTimeout: '1500ms', absoluteTimeout: '1500ms', sockets: NEVER });
    const visitor = await shop.loggedIn();
    await bench.redis.use((client) => client.pexpire(`sess:${idOf(visitor)}`, 3_600_000));
    const live = await shop.admitted(visitor);
    expect(await live.closed).toEqual({ code: 1008, reason: 'session ended' });
  });

  it('when its session ends while the handshake is read', async () => {
    const shop = await node({ sockets: NEVER });
    const visitor = await shop.loggedIn();
    const client = shop.app.get(RedisConnections).client('default', 'session');
    const send = client.sendCommand.bind(client);
    // What Redis said before the logout arrives after it.
    client.sendCommand = ((command: never, ...rest: never[]) => {
      client.sendCommand = send;
      const reply = (send as (...args: unknown[]) => Promise<unknown>)(command, ...rest);
      return reply.then(async (value) => {
        await visitor.post('/logout');
        return value;
      });
    }) as typeof client.sendCommand;
    const calls: unknown[] = [];
    const socket = { close: (...args: unknown[]) => calls.push(args), once: () => undefined };
    expect(await shop.sockets.admit(socket, handshakeOf(shop, visitor))).toBeUndefined();
    expect(calls).toEqual([[1008, 'session ended']]);
    expect(shop.sockets.sessionOf(socket)).toBeUndefined();
  });

  it('as a Socket.IO socket: by disconnecting it', async () => {
    const shop = await node({ sockets: NEVER });
    const visitor = await shop.loggedIn();
    const calls: unknown[] = [];
    const socket = Object.assign(new EventEmitter(), {
      disconnect: (close?: boolean) => {
        calls.push(close);
        socket.emit('disconnect');
      },
    });
    expect(await shop.sockets.admit(socket, handshakeOf(shop, visitor))).toMatchObject({
      userId: 'alice',
    });
    await visitor.post('/logout');
    await eventually(() => expect(calls).toEqual([true]));
    expect(shop.sockets.sessionOf(socket)).toBeUndefined();
  });
});

describe('a socket that is closed before anybody admits it', () => {
  it.each([
    ['of ws', { readyState: 3, close: () => undefined }],
    ['of Socket.IO', { connected: false, disconnect: () => undefined }],
  ])('%s is let go at once, and holds up no end of the application', async (_, kind) => {
    const shop = await LiveNode.start(bench.redis.url, { sockets: NEVER });
    try {
      const request = handshakeOf(shop, await shop.loggedIn());
      // Its `close` was before, and comes no second time.
      const socket = Object.assign(new EventEmitter(), kind);
      const client = shop.app.get(RedisConnections).client('default', 'session') as Redis;
      const traffic = await trafficOf(client, async () => {
        expect(await shop.sockets.admit(socket, request)).toBeUndefined();
      });
      expect(traffic.commands).toEqual([]);
      expect(shop.sockets.sessionOf(socket)).toBeUndefined();
      expect(socket.eventNames()).toEqual([]);
    } finally {
      await shop.app.close();
    }
  });
});

describe('while Redis', () => {
  it('is frozen, a handshake is refused with 1011 within the deadline', async () => {
    const shop = await node({ deadline: '1500ms' });
    const visitor = await shop.loggedIn();
    bench.redis.freeze();
    const live = await shop.connect(visitor);
    expect(await live.closed).toEqual({ code: 1011, reason: 'sessions unavailable' });
  }, 15_000);

  it('is frozen, an open socket stays until its session would have ended', async () => {
    const shop = await node({ idleTimeout: '5s', deadline: '1500ms', sockets: SOON });
    const visitor = await shop.loggedIn();
    const live = await shop.admitted(visitor);
    const leftMs = await bench.redis.use((client) => client.pttl(`sess:${idOf(visitor)}`));
    const seenAt = performance.now();
    bench.redis.freeze();
    expect(await live.closed).toEqual({ code: 1011, reason: 'sessions unavailable' });
    expect(performance.now() - seenAt).toBeGreaterThan(leftMs - 100);
  }, 20_000);

  it('comes back, an open socket of a living session has stayed', async () => {
    const shop = await node({ deadline: '1500ms', sockets: SOON });
    const live = await shop.admitted(await shop.loggedIn());
    const failed: unknown[] = [];
    const onFailure = (message: unknown): unknown => failed.push(message);
    subscribe('nestjs-redis-kit:session:unavailable', onFailure);
    bench.redis.freeze();
    await eventually(() => expect(failed).not.toEqual([]));
    unsubscribe('nestjs-redis-kit:session:unavailable', onFailure);
    bench.redis.thaw();
    live.send('who');
    expect(await live.heard('you')).toBe('alice');
    expect(live.isOpen).toBe(true);
  }, 15_000);
});

describe('when the application ends', () => {
  it('closes sockets with 1001', async () => {
    const shop = await LiveNode.start(bench.redis.url);
    const live = await shop.admitted(await shop.loggedIn());
    await shop.app.close();
    expect(await live.closed).toEqual({ code: 1001, reason: 'server shutdown' });
  });

  it('cuts off a client that leaves the close frame unanswered', async () => {
    const shop = await LiveNode.start(bench.redis.url);
    const calls: string[] = [];
    const socket = {
      close: (code?: number) => calls.push(`close ${code}`),
      terminate: () => void calls.push('terminate'),
      once: () => undefined,
    };
    await shop.sockets.admit(socket, handshakeOf(shop, await shop.loggedIn()));
    await shop.app.close();
    expect(calls).toEqual(['close 1001', 'terminate']);
  }, 15_000);
});
