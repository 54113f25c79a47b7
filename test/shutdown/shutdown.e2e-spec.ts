import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  startCluster,
  startSentinel,
  startStandalone,
  type RedisNode,
} from 'nestjs-redis-kit/testing';
import { ask, Load } from '../failover/load.js';
import { eventually } from '../support/eventually.js';

jest.setTimeout(90_000);

interface Servers {
  readonly connection: object;
  readonly nodes: readonly RedisNode[];
  stop(): Promise<void>;
}

const TOPOLOGIES: [string, () => Promise<Servers>][] = [
  ['one server', () => startStandalone()],
  ['Sentinel', () => startSentinel()],
  ['a Cluster', () => startCluster({ replicas: 0 })],
];
const SLOW = Array.from({ length: 10 }, (_, at) => `slow-${at}`);

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  /** Keys whose load has begun. */
  readonly begun: string[];
  readonly lines: () => Promise<string[]>;
}

async function startProcess(connection: object): Promise<Process> {
  const folder = await mkdtemp(join(tmpdir(), 'shutdown-'));
  undo.push(() => rm(folder, { recursive: true }));
  const file = join(folder, 'work.txt');
  const fixture = new URL('../fixtures/shutdown-app.mjs', import.meta.url);
  const child = fork(fixture, [JSON.stringify({ connection, file })], { execArgv: [] });
  undo.push(() => child.kill('SIGKILL'));
  const begun: string[] = [];
  child.on('message', (message: { begun?: string }) => message.begun && begun.push(message.begun));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const lines = async (): Promise<string[]> => (await readFile(file, 'utf8')).split('\n');
  return { child, url: `http://127.0.0.1:${port}`, begun, lines };
}

/** Writes behind and sessions, until it is stopped. */
function loadOn(url: string): { readonly load: Load; readonly acknowledged: Map<string, number> } {
  const load = new Load();
  const acknowledged = new Map<string, number>();
  let n = 0;
  load.every(10, async () => {
    n += 1;
    const [key, value] = [`key-${n}`, n];
    const sample = await ask('write', `${url}/write/${key}/${value}`, { method: 'POST' });
    if (sample.outcome === 201) acknowledged.set(key, value);
    return sample;
  });
  load.every(20, () => ask('count', `${url}/count`, { method: 'POST' }));
  return { load, acknowledged };
}

/** Keys that say that somebody is at work, and changes that no source has. */
async function leftBehind(nodes: readonly RedisNode[]): Promise<string[]> {
  const found = nodes.map((node) =>
    node.use(async (client) => {
      if (((await client.call('ROLE')) as unknown[])[0] !== 'master') return [];
      const others = await Promise.all(
        ['lease', 'owner', 'unsaved', 'writers'].map((kind) => client.keys(`cache:${kind}:*`)),
      );
      const streams = await client.keys('cache:changes:*');
      const lengths = await Promise.all(streams.map((stream) => client.xlen(stream)));
      return [...others.flat(), ...streams.filter((_, at) => lengths[at]! > 0)];
    }),
  );
  return (await Promise.all(found)).flat();
}

describe('SIGTERM under load', () => {
  it.each(TOPOLOGIES)('on %s, ends what has begun and leaves nothing', async (_, startServers) => {
    const servers = await startServers();
    undo.push(() => servers.stop());
    const { child, url, begun, lines } = await startProcess(servers.connection);
    await ask('stale', `${url}/stale/old`);
    const { load, acknowledged } = loadOn(url);
    await eventually(() => expect(acknowledged.size).toBeGreaterThan(30));
    expect((await ask('stale', `${url}/stale/old`)).outcome).toBe(200);
    const slow = SLOW.map((key) => ask('slow', `${url}/slow/${key}`));
    // The second load of `old` is a refresh that no request waits for.
    await eventually(() => expect(begun).toEqual(expect.arrayContaining(['old', 'old', ...SLOW])));
    const gone = once(child, 'exit');
    const calledAt = Date.now();
    child.kill('SIGTERM');
    const answers = await Promise.all(slow);
    await load.stop();
    expect(await gone).toEqual([0, null]);
    expect(Date.now() - calledAt).toBeLessThan(20_000);

    expect(answers.map(({ outcome, body }) => [outcome, body])).toEqual(
      SLOW.map((key) => [200, key]),
    );
    const outcomes = new Set(load.samples.map(({ outcome }) => String(outcome)));
    expect([...outcomes].filter((one) => !/^201$|^ECONN/.test(one))).toEqual([]);
    const done = await lines();
    expect(done.filter((line) => line === 'loaded old')).toHaveLength(2);
    const missing = [...acknowledged].filter(([key, value]) => !done.includes(`${key}=${value}`));
    expect(missing).toEqual([]);
    expect(await leftBehind(servers.nodes)).toEqual([]);
  });

  it('after a stall that cost it all its leases, leaves no change behind', async () => {
    const servers = await startStandalone();
    undo.push(() => servers.stop());
    const { child, url, lines } = await startProcess(servers.connection);
    const { load, acknowledged } = loadOn(url);
    await eventually(() => expect(acknowledged.size).toBeGreaterThan(30));
    await load.stop();
    child.kill('SIGSTOP');
    await eventually(async () => {
      expect(await servers.node.use((client) => client.keys('cache:owner:*'))).toEqual([]);
    }, 20_000);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    expect(await gone).toEqual([0, null]);
    const done = await lines();
    const missing = [...acknowledged].filter(([key, value]) => !done.includes(`${key}=${value}`));
    expect(missing).toEqual([]);
    expect(await leftBehind(servers.nodes)).toEqual([]);
  });
});
