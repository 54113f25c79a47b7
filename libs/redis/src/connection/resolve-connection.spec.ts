import { describe, expect, it } from '@jest/globals';
import type { ClusterOptions } from 'ioredis';
import type { ConnectionOptions } from './connection.options.js';
import { resolveConnection } from './resolve-connection.js';

describe('resolveConnection', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379 }],
    [
      'redis://:pass@cache.example:6380/2',
      { host: 'cache.example', port: 6380, password: 'pass', db: 2 },
    ],
    ['redis://shop:p%40ss@host', { host: 'host', port: 6379, username: 'shop', password: 'p@ss' }],
    ['rediss://host:6390', { host: 'host', port: 6390, tls: {} }],
    ['redis://[::1]:6379', { host: '::1', port: 6379 }],
  ])('reads the URL %s', (url, redis) => {
    expect(resolveConnection(url, 'connection')).toEqual({ kind: 'redis', redis });
  });

  it.each<[string, ConnectionOptions]>([
    [
      'redis-cluster://a,b:7001,[::1]:7002',
      {
        kind: 'cluster',
        nodes: [{ host: 'a' }, { host: 'b', port: 7001 }, { host: '::1', port: 7002 }],
      },
    ],
    [
      'rediss-cluster://shop:p%40ss:word@a:7000',
      {
        kind: 'cluster',
        nodes: [{ host: 'a', port: 7000 }],
        username: 'shop',
        password: 'p@ss:word',
        tls: true,
      },
    ],
    [
      'redis-sentinel://a,b:26380#mymaster',
      {
        kind: 'sentinel',
        name: 'mymaster',
        sentinels: [{ host: 'a' }, { host: 'b', port: 26380 }],
      },
    ],
    [
      'rediss-sentinel://:pass@a/2#main%20one',
      {
        kind: 'sentinel',
        name: 'main one',
        sentinels: [{ host: 'a' }],
        db: 2,
        password: 'pass',
        tls: true,
        sentinelTls: true,
      },
    ],
  ])('reads the URL of several servers %s', (url, option) => {
    expect(resolveConnection(url, 'connection')).toEqual(resolveConnection(option, 'connection'));
  });

  it.each([
    ['redis-cluster://', 'Give a URL'],
    ['redis-cluster://a,,b', 'Give a URL'],
    ['redis-cluster://a/1', 'Give a URL'],
    ['redis-cluster://a?x=1', 'Give a URL'],
    ['redis-cluster://a:99999', 'from 1 to 65535'],
    ['redis-sentinel://a', 'name of the monitored primary'],
    ['redis-sentinel://a/x#mymaster', 'database number'],
    ['redis-sentinel://u:%zz@a#mymaster', '% form'],
  ])('refuses %s', (url, remedy) => {
    expect(() => resolveConnection(url, 'connection')).toThrow(remedy);
  });

  it('never shows the password of a URL of several servers', () => {
    for (const url of [
      'u:secret@host:6379',
      'redis:/u:secret@host',
      'redis:u:secret@host',
      'redis-cluster://u:secret@a,,b',
      'redis-sentinel://u:secret@a/x#m',
    ])
      expect(() => resolveConnection(url, 'connection')).toThrow(/^(?!.*secret)/s);
  });

  it('reads an object for one server', () => {
    const option: ConnectionOptions = {
      kind: 'standalone',
      path: '/run/redis.sock',
      db: 1,
      tls: true,
      options: { family: 6 },
    };
    expect(resolveConnection(option, 'connection')).toEqual({
      kind: 'redis',
      redis: { path: '/run/redis.sock', db: 1, tls: {}, family: 6 },
    });
  });

  it('reads an object for Sentinel', () => {
    const option: ConnectionOptions = {
      kind: 'sentinel',
      name: 'mymaster',
      sentinels: [{ host: 'a' }, { host: 'b', port: 1 }],
      password: 'p',
      sentinelPassword: 's',
      sentinelTls: true,
    };
    expect(resolveConnection(option, 'connection')).toEqual({
      kind: 'redis',
      redis: {
        name: 'mymaster',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 1 },
        ],
        password: 'p',
        sentinelPassword: 's',
        sentinelTLS: {},
        enableTLSForSentinelMode: true,
      },
    });
  });

  it('reads an object for Cluster, credentials for every node', () => {
    const option: ConnectionOptions = {
      kind: 'cluster',
      nodes: [{ host: 'a' }],
      username: 'u',
      password: 'p',
      tls: { servername: 'x' },
    };
    expect(resolveConnection(option, 'connection')).toEqual({
      kind: 'cluster',
      nodes: [{ host: 'a', port: 6379 }],
      cluster: {
        dnsLookup: expect.any(Function),
        redisOptions: { username: 'u', password: 'p', tls: { servername: 'x' } },
      },
    });
  });

  it('leaves the names of nodes to TLS, which checks certificates for them', () => {
    const connection = resolveConnection('rediss-cluster://redis.test:6379', 'connection');
    const { cluster } = connection as { cluster: ClusterOptions };
    const found: unknown[] = [];
    cluster.dnsLookup!('redis.test', (...answer) => found.push(answer));
    expect(found).toEqual([[null, 'redis.test']]);
    const plain = resolveConnection('redis-cluster://redis.test:6379', 'connection');
    expect((plain as { cluster: ClusterOptions }).cluster.dnsLookup).toBeUndefined();
  });

  it("reads 'embedded' and its object", () => {
    expect(resolveConnection('embedded', 'connection')).toEqual({ kind: 'embedded' });
    expect(resolveConnection({ kind: 'embedded', folder: '.data' }, 'connection')).toEqual({
      kind: 'embedded',
      folder: '.data',
    });
  });

  it.each([
    '',
    'localhost',
    'http://host',
    'redis://',
    'redis://host/not-a-number',
    'redis://user:hunter2@host/x',
    'redis://user:hunter2%@host',
    'redis://host?password=hunter2',
    'redis://:hunter2@host#x',
    42,
    {},
    { kind: 'x' },
    null,
  ])('refuses %p and never shows a password', (option) => {
    const refuse = (): unknown =>
      resolveConnection(option as ConnectionOptions, 'connections.reports');
    expect(refuse).toThrow(/connections\.reports/);
    expect(refuse).not.toThrow(/hunter2/);
  });

  it.each([
    ['sentinels', { kind: 'sentinel', name: 'm', sentinels: [] }],
    ['name', { kind: 'sentinel', name: '', sentinels: [{ host: 'a' }] }],
    ['sentinels[0].host', { kind: 'sentinel', name: 'm', sentinels: [{}] }],
    ['nodes', { kind: 'cluster' }],
    ['nodes[0].port', { kind: 'cluster', nodes: [{ host: 'a', port: 0 }] }],
    ['port', { kind: 'standalone', port: 1.5 }],
    ['db', { kind: 'standalone', db: -1 }],
    ['options.keyPrefix', { kind: 'standalone', options: { keyPrefix: 'app:' } }],
    [
      'options.keyPrefix',
      { kind: 'sentinel', name: 'm', sentinels: [{ host: 'a' }], options: { keyPrefix: 'app:' } },
    ],
    ['options.keyPrefix', { kind: 'cluster', nodes: [{ host: 'a' }], options: { keyPrefix: 'a' } }],
    [
      'options.redisOptions.keyPrefix',
      {
        kind: 'cluster',
        nodes: [{ host: 'a' }],
        options: { redisOptions: { keyPrefix: 'app:' } },
      },
    ],
    [
      'options.keyPrefix',
      { duplicate: () => null, defineCommand: () => null, options: { keyPrefix: 'app:' } },
    ],
  ])('names `%s`', (option, connection) => {
    expect(() =>
      resolveConnection(connection as unknown as ConnectionOptions, 'connection'),
    ).toThrow(`\`connection.${option}\``);
  });
});
