import type { RedisNode } from './redis-node.js';

interface Shape {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  readonly username?: string;
  readonly password?: string;
  readonly tls?: unknown;
}

/** The URL of servers, as `connection` takes it. */
export function connectionUrl(shape: Shape, nodes: readonly RedisNode[]): string {
  const { kind, username, password, tls } = shape;
  const scheme = `${tls ? 'rediss' : 'redis'}${kind === 'standalone' ? '' : `-${kind}`}`;
  const login = username
    ? `${encodeURIComponent(username)}:${encodeURIComponent(password ?? '')}@`
    : '';
  return `${scheme}://${login}${nodes.map(({ host, port }) => `${host}:${port}`).join(',')}`;
}
