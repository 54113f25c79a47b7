import { describe, expect, it } from '@jest/globals';
import type { ConnectionOptions } from '../connection.options.js';
import { resolveConnection } from '../resolve-connection.js';
import { endpointFacts } from './endpoint.js';

const factsOf = (option: ConnectionOptions) =>
  endpointFacts(resolveConnection(option, 'connection'));

describe('endpointFacts', () => {
  it.each<[ConnectionOptions, string]>([
    ['redis://127.0.0.1', 'local'],
    ['redis://localhost:6380', 'local'],
    ['redis://[::1]:6379', 'local'],
    [{ kind: 'standalone', path: '/run/redis.sock' }, 'local'],
    ['redis://redis:6379', ''],
    ['redis://10.0.0.7', ''],
    ['redis://172.20.0.7', ''],
    ['redis://redis.shop.svc.cluster.local', ''],
    ['redis://172.40.0.7', 'public'],
    ['redis://cache.example.com', 'public'],
    ['rediss://:secret@cache.example.com', 'public tls secret'],
    [{ kind: 'standalone', host: 'cache.example.com', tls: { cert: 'mine' } }, 'public tls secret'],
    [{ kind: 'sentinel', name: 'm', sentinels: [{ host: '127.0.0.1' }, { host: '10.1.1.1' }] }, ''],
    [{ kind: 'cluster', nodes: [{ host: 'a.example.com' }], password: 'x' }, 'public secret'],
  ])('%j', (option, expected) => {
    const { isLocal, isPublic, hasTls, hasSecret } = factsOf(option)!;
    const found = [
      isLocal && 'local',
      isPublic && 'public',
      hasTls && 'tls',
      hasSecret && 'secret',
    ];
    expect(found.filter(Boolean).join(' ')).toBe(expected);
  });

  it('knows nothing of an embedded server, which nobody else can reach', () => {
    expect(factsOf('embedded')).toBeUndefined();
  });
});
