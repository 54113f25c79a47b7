import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { CacheService, getRedisToken, type ConnectionOptions } from 'nestjs-redis-kit';
import {
  makeCertificates,
  startCluster,
  startSentinel,
  startStandalone,
  type Certificates,
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

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /^(TLS|TCPSocket)/.test(name)).length;
}

/** What is told while an application tries to connect: why, by role. */
async function complaints(connection: ConnectionOptions): Promise<Map<string, string[]>> {
  const heard = new Map<string, string[]>();
  const listen = (message: unknown): void => {
    const { role, status, error } = message as { role: string; status: string; error?: Error };
    if (status === 'lost') heard.set(role, [...(heard.get(role) ?? []), error!.message]);
  };
  subscribe(CHANNEL, listen);
  try {
    app = await startApp({ connection });
    await eventually(() => expect([...heard.keys()].toSorted()).toEqual(['cache', 'subscriber']));
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

  it('checks the name that it was told', () =>
    expectRoundTrip({
      ...standalone.connection,
      tls: { ...(standalone.connection.tls as object), servername: 'redis.test' },
    }));
});

describe('says once and clearly, for each role, that', () => {
  const withTls = (tls: object): ConnectionOptions => ({
    ...standalone.connection,
    tls: { ...(standalone.connection.tls as object), ...tls },
  });

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
  ])('%s', async (_, connection, error) => {
    for (const messages of (await complaints(connection())).values()) {
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatch(error);
    }
  });
});
