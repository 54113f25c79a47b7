import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { CacheService, SessionService } from 'nestjs-redis-kit';
import { startStandalone, type StandaloneTopology } from 'nestjs-redis-kit/testing';
import { SECRET, startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

/** As the name of a managed Redis, which stands for another server after a failover; open connections stay. */
let endpoint: Server;
let port: number;
let primary: StandaloneTopology;
let next: StandaloneTopology;
let app: INestApplication | undefined;

beforeAll(async () => {
  [primary, next] = await Promise.all([startStandalone(), startStandalone()]);
  port = primary.node.port;
  endpoint = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    join(client, server);
    join(server, client);
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
});
afterEach(() => app?.close());
afterAll(async () => {
  endpoint.close();
  await Promise.all([primary.stop(), next.stop()]);
});

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

it('clients leave a server that has become a replica, for the one that its name stands for now', async () => {
  app = await startApp({
    connection: `redis://127.0.0.1:${(endpoint.address() as AddressInfo).port}`,
    cache: { memory: false, deadline: '5s' },
    session: { secret: SECRET, deadline: '5s' },
  });
  const cache = app.get(CacheService);
  const sessions = app.get(SessionService);
  await cache.set('key', 'old');
  await sessions.create({ userId: 'ada' });

  port = next.node.port;
  await primary.node.call('REPLICAOF', '127.0.0.1', next.node.port);
  await eventually(async () => {
    await cache.set('key', 'new');
    expect(await cache.get('key')).toBe('new');
  });
  await eventually(() => sessions.create({ userId: 'ada' }));
  expect(await next.node.call('DBSIZE')).toBeGreaterThan(1);
});
