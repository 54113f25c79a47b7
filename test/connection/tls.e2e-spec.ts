import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheService, getRedisToken, type ConnectionOptions } from 'nestjs-redis-kit';
import {
  makeCertificates,
  startChaosProxy,
  startCluster,
  startSentinel,
  startStandalone,
  type Certificates,
  type ChaosProxy,
  type ClusterTopology,
  type SentinelTopology,
  type StandaloneTopology,
} from 'nestjs-redis-kit/testing';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';

jest.setTimeout(60_000);

const CHANNEL = 'nestjs-redis-kit:connection:status';

let standalone: StandaloneTopology;
let sentinel: SentinelTopology;
let cluster: ClusterTopology;
/** Of another authority. */
let foreign: Certificates;
let folder: string;
let app: INestApplication | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certificates-'));
  foreign = await makeCertificates(folder);
  const tls = 'mutual';
  [standalone, sentinel, cluster] = await Promise.all([
    startStandalone({ tls }),
    startSentinel({ tls }),
    startCluster({ tls, replicas: 0 }),
  ]);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(async () => {
  await Promise.all([standalone, sentinel, cluster].map((one) => one.stop()));
  await rm(folder, { recursive: true });
});

/** The cache works, and so does the application's own client. */
async function expectRoundTrip(connection: ConnectionOptions): Promise<void> {
  app = await startApp({ connection, cache: { deadline: '10s', memory: false } });
  const cache = app.get(CacheService);
  await cache.set('key', 'value');
  expect(await cache.get('key')).toBe('value');
  expect(await app.get<Redis>(getRedisToken()).exists('nothing')).toBe(0);
}

function withTls(tls: object): ConnectionOptions {
  return { ...standalone.connection, tls: { ...(standalone.connection.tls as object), ...tls } };
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TLS|TCPSocket)/.test(name)).length;
}

/** Why connections are said to be lost, by role, while `act` runs. */
async function complaints(
  act: (heard: ReadonlyMap<string, string[]>) => Promise<void>,
): Promise<Map<string, string[]>> {
  const heard = new Map<string, string[]>();
  const listen = (message: unknown): void => {
    const { role, status, error } = message as { role: string; status: string; error?: Error };
    if (status === 'lost') heard.set(role, [...(heard.get(role) ?? []), error!.message]);
  };
  subscribe(CHANNEL, listen);
  try {
    await act(heard);
    return heard;
  } finally {
    unsubscribe(CHANNEL, listen);
  }
}

describe('over TLS with a private authority and a certificate of the client', () => {
  it('speaks to one server', () => expectRoundTrip(standalone.connection));

  it('speaks to Sentinels and their primary', () => expectRoundTrip(sentinel.connection));

  it.each([
    ['one server', () => standalone.connection],
    ['Sentinels', () => sentinel.connection],
    ['a Cluster', () => cluster.connection],
  ])('leaves nothing open to %s once the application is closed', async (_, connection) => {
    const before = openSockets();
    await expectRoundTrip(connection());
    await app!.close();
    await eventually(() => expect(openSockets()).toBeLessThanOrEqual(before), 5000);
  });

  it('speaks to all nodes of a Cluster', () => expectRoundTrip(cluster.connection));

  it('checks the names of nodes that were given by name', async () => {
    const [node] = cluster.nodes;
    const hosts: string[] = [];
    const checkServerIdentity = (host: string): undefined => void hosts.push(host);
    await expectRoundTrip({
      ...cluster.connection,
      nodes: [{ host: 'localhost', port: node!.port }],
      tls: { ...(cluster.connection.tls as object), checkServerIdentity },
    });
    // By the subscriber, the cache and the application's client.
    expect(hosts.filter((host) => host === 'localhost').length).toBeGreaterThan(2);
  });

  it('checks the name that it was told', () =>
    expectRoundTrip(withTls({ servername: 'redis.test' })));
});

describe('says once and clearly, for each role, that', () => {
  it.each<[string, () => ConnectionOptions, RegExp]>([
    [
      'nobody known vouches for the server',
      () => withTls({ ca: foreign.ca }),
      /unable to verify the first certificate|self-signed certificate/,
    ],
    [
      'the server is not the one that was named',
      () => withTls({ servername: 'redis.example' }),
      /does not match.*redis\.example/,
    ],
    [
      'nobody known vouches for the Sentinels',
      () => ({ ...sentinel.connection, sentinelTls: { ca: foreign.ca } }),
      /^All sentinels are unreachable: (unable to verify|self-signed certificate)/,
    ],
    [
      'nobody known vouches for the nodes of a Cluster',
      () => ({ ...cluster.connection, tls: { ca: foreign.ca } }),
      /^(Failed to refresh slots cache: )?(unable to verify|self-signed certificate)/,
    ],
    [
      'the name of the nodes of a Cluster cannot be resolved',
      () => 'redis-cluster://nowhere.invalid:6379',
      /(ENOTFOUND|EAI_AGAIN) nowhere\.invalid/,
    ],
  ])('%s', async (_, connection, error) => {
    const heard = await complaints(async (soFar) => {
      app = await startApp({ connection: connection() });
      await eventually(() => expect([...soFar.keys()].toSorted()).toEqual(['cache', 'subscriber']));
    });
    for (const messages of heard.values()) {
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatch(error);
    }
  });
});

describe('a handshake that the close of the application cuts off', () => {
  // OpenSSL answers an end in the middle of a handshake with an alert, which is an error of the socket.
  let proxy: ChaosProxy;

  beforeAll(async () => {
    const { port } = standalone.connection as { port: number };
    proxy = await startChaosProxy({ target: { port } });
  });
  afterEach(() => proxy.restore());
  afterAll(() => proxy.stop());

  const through = (tls: object = {}): ConnectionOptions =>
    ({ ...(withTls(tls) as object), port: proxy.port }) as ConnectionOptions;

  /** The close, while each handshake stands where the proxy holds it; then they go on. */
  async function closeWhileHeld(held: Redis): Promise<void> {
    const closed = app!.close();
    await eventually(() => expect(held.stream.writableEnded).toBe(true));
    proxy.restore();
    await closed;
    await eventually(() => expect(proxy.connections).toBe(0));
  }

  it('is not said to be lost', async () => {
    const heard = await complaints(async () => {
      app = await startApp({ connection: through() });
      const client = app.get<Redis>(getRedisToken());
      proxy.set({ blackHole: true });
      const ping = client.ping().catch(String);
      await eventually(() => expect(proxy.connections).toBe(3));
      await closeWhileHeld(client);
      expect(await ping).toMatch(/Connection is closed/);
    });
    expect(heard).toEqual(new Map());
  });

  it('ends nothing but itself, if it was that of a Sentinel with a wrong certificate', async () => {
    const [first] = sentinel.sentinels;
    const watched = await startChaosProxy({ target: first!, faults: { blackHole: true } });
    const { host, port } = watched;
    app = await startApp({
      connection: {
        ...sentinel.connection,
        sentinels: [{ host, port }],
        sentinelTls: { ...(sentinel.connection.tls as object), servername: 'redis.example' },
      },
    });
    const client = app.get<Redis>(getRedisToken());
    const givenUp = once(client, 'sentinelError');
    const ping = client.ping().catch(String);
    await givenUp;
    watched.restore();
    const closed = app.close();
    await eventually(() => expect(watched.connections).toBe(0));
    await closed;
    expect(await ping).toMatch(/Connection is closed/);
    await watched.stop();
  });

  // Then the socket has two errors, and ioredis listens for one; the other would end the process
  // (and fails the test).
  it('ends nothing but itself, if the certificate is wrong too', async () => {
    app = await startApp({ connection: through({ servername: 'redis.example' }) });
    const client = app.get<Redis>(getRedisToken());
    proxy.set({ blackHole: true });
    const ping = client.ping().catch(String);
    await eventually(() => {
      expect(client.status).toBe('connecting');
      expect(proxy.connections).toBeGreaterThan(0);
    });
    await closeWhileHeld(client);
    expect(await ping).toMatch(/Connection is closed/);
  });
});
