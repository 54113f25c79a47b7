import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import {
  startCluster,
  startSentinel,
  startStandalone,
  type RedisNode,
} from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';

jest.setTimeout(60_000);

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function running<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const topology = await starting;
  undo.push(() => topology.stop());
  return topology;
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

async function roleOf(node: RedisNode): Promise<unknown> {
  return ((await node.call('ROLE')) as unknown[])[0];
}

describe('a standalone server', () => {
  it('comes back empty on its port after it was killed', async () => {
    const { node } = await running(startStandalone({ config: { maxmemory: '64mb' } }));
    expect(await node.call('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '67108864']);
    await node.call('SET', 'key', 'value');
    await node.kill();
    expect(await accepts(node.port)).toBe(false);
    await expect(node.call('PING')).rejects.toThrow();
    await node.restart();
    expect(await node.call('DBSIZE')).toBe(0);
  });

  it('takes other ports where another process has the one it chose', async () => {
    const first = await running(startStandalone());
    const choice = (first.node.port - 10_240) / 12_000;
    const random = jest.spyOn(Math, 'random').mockReturnValueOnce(choice);
    undo.push(() => random.mockRestore());
    const second = await running(startStandalone());
    expect(random).toHaveBeenCalled();
    expect(second.node.port).not.toBe(first.node.port);
    expect(await second.node.call('PING')).toBe('PONG');
  });

  it('says what the server said when it cannot start', async () => {
    await expect(startStandalone({ config: { maxmemory: 'much' } })).rejects.toThrow(/maxmemory/);
  });

  it('lets the test user in with the rights of its rules alone, and nobody without a password', async () => {
    const user = {
      username: 'shop',
      password: 'open sesame',
      rules: ['~shop:*', '+get', '+hello'],
    };
    const redis = await running(startStandalone({ user }));
    const { username, password, host, port } = redis.connection;
    const client = new Redis({ host, port, username, password, enableReadyCheck: false });
    const stranger = new Redis({ host, port });
    for (const one of [client, stranger]) {
      one.on('error', () => undefined);
      undo.push(() => one.disconnect());
    }
    expect(await client.get('shop:1')).toBeNull();
    await expect(client.get('other')).rejects.toThrow(/NOPERM/);
    await expect(client.set('shop:1', '')).rejects.toThrow(/NOPERM/);
    await expect(stranger.get('shop:1')).rejects.toThrow(/NOAUTH/);
  });
});

describe('a Sentinel topology', () => {
  it('promotes a replica with the data when its primary is killed', async () => {
    const redis = await running(startSentinel({ downAfterMs: 500 }));
    const old = await redis.primary();
    await old.call('SET', 'key', 'value');
    await old.call('WAIT', 2, 5000);
    await old.kill();
    const next = await redis.newPrimary(old);
    expect(next).not.toBe(old);
    expect(await next.call('GET', 'key')).toBe('value');
  });

  it('speaks TLS between all servers and asks for the password of its user', async () => {
    const user = { username: 'shop', password: 'sesame', rules: ['~*', '&*', '+@all'] };
    const redis = await running(startSentinel({ tls: 'mutual', user }));
    const { name, sentinels, username, password, tls } = redis.connection;
    const secured = tls as object;
    const client = new Redis({
      name,
      sentinels: sentinels.map(({ host, port }) => ({ host, port })),
      username,
      password,
      tls: secured,
      sentinelTLS: secured,
      enableTLSForSentinelMode: true,
    });
    undo.push(() => client.disconnect());
    expect(await client.acl('WHOAMI')).toBe('shop');
    expect(await client.wait(2, 5000)).toBe(2);
  });
});

describe('a Cluster', () => {
  it('has three primaries with a replica each, and promotes one on demand', async () => {
    const redis = await running(startCluster());
    expect(redis.nodes).toHaveLength(6);
    expect(await redis.primaries()).toHaveLength(3);
    const client = new Cluster(redis.connection.nodes.map((node) => ({ ...node })));
    undo.push(() => client.disconnect());
    for (let key = 0; key < 20; key += 1) await client.set(`key:${key}`, key);

    const old = await redis.primary('key:1');
    const next = await redis.failover('key:1');
    expect(next).not.toBe(old);
    await eventually(async () => expect(await roleOf(old)).toBe('slave'));
    for (let key = 0; key < 20; key += 1) expect(await client.get(`key:${key}`)).toBe(String(key));
  });

  it('promotes the replica of a frozen primary, which is a replica once it thaws', async () => {
    const redis = await running(startCluster({ nodeTimeoutMs: 1000 }));
    const old = await redis.primary('key');
    old.freeze();
    const next = await redis.newPrimary('key', old);
    expect(next).not.toBe(old);
    old.thaw();
    await eventually(async () => expect(await roleOf(old)).toBe('slave'), 20_000);
  });
});

it('is gone with its folder when the test process is killed', async () => {
  const owner = join(import.meta.dirname, '../fixtures/topology-owner.mjs');
  const child = spawn(process.execPath, [owner], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { ports, folder } = JSON.parse(line.toString()) as { ports: number[]; folder: string };
  for (const port of ports) expect(await accepts(port)).toBe(true);
  expect(existsSync(folder)).toBe(true);

  child.kill('SIGKILL');
  await eventually(async () => {
    for (const port of ports) expect(await accepts(port)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });
});
