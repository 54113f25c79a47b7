import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer } from '../connection/embedded/find-server.js';
import { openAccess, type Access, type AccessOptions } from './access.js';
import { PortTakenError, RedisNode } from './redis-node.js';

/** Options of every topology. */
export interface TopologyOptions extends AccessOptions {
  /** Path of the server program. Default: `REDIS_SERVER_BIN`, else `redis-server` or `valkey-server` on PATH. */
  readonly binary?: string;
  /** Further directives of `redis.conf` for each server, such as `{ maxmemory: '10mb' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** A folder, the way in, and a hand that starts servers there. */
export interface Ground {
  readonly folder: string;
  readonly access: Access;
  readonly start: (
    port: number,
    config: readonly string[],
    isSentinel?: boolean,
  ) => Promise<RedisNode>;
}

const ATTEMPTS = 20;

/** A primary waits five seconds for more replicas to come before it sends them its data. */
const PROMPT = ['repl-diskless-sync-delay 0'];

/**
 * Starts the servers of a topology on ports that were free a moment ago. Suites run in parallel, so
 * another process may take one in between: then all is torn down and tried on other ports.
 *
 * @param ports how many
 */
export async function onFreePorts<T>(
  options: TopologyOptions,
  ports: number,
  build: (ground: Ground, ports: readonly number[]) => Promise<T>,
): Promise<T> {
  const program = findServer(options.binary ?? process.env.REDIS_SERVER_BIN);
  for (let attempt = 1; ; attempt += 1) {
    const nodes: Promise<RedisNode>[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'redis-topology-'));
    try {
      const access = await openAccess(options, folder);
      const common = [...PROMPT, ...Object.entries(options.config ?? {}).map(toLine)];
      const start: Ground['start'] = (port, config, isSentinel = false) => {
        const node = RedisNode.start({
          program,
          folder,
          port,
          config: [...access.config(port, isSentinel), ...(isSentinel ? [] : common), ...config],
          access: isSentinel ? access.sentinel : access.admin,
          isSentinel,
        });
        nodes.push(node);
        return node;
      };
      return await build({ folder, access, start }, choosePorts(ports));
    } catch (error) {
      const started = await Promise.allSettled(nodes);
      await stopAll(
        folder,
        started.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : [])),
      );
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Ends the servers and removes what they wrote. */
export async function stopAll(folder: string, nodes: readonly RedisNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
  await rm(folder, { recursive: true, force: true });
}

/**
 * Different ports below the range from which systems take the ports of outgoing connections, so that
 * none of these sits on one while a server restarts. A Cluster node takes the port 10000 above too.
 */
function choosePorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(10_240 + Math.floor(Math.random() * 12_000));
  return [...ports];
}

function toLine([name, value]: [string, string]): string {
  return `${name} ${value === '' ? '""' : value}`;
}

/** Repeats a check of a server until it holds, at most `limitMs`; then its last error is thrown. */
export async function until(check: () => Promise<void>, limitMs: number): Promise<void> {
  const giveUpAt = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
