import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startCluster, type ClusterTopology } from 'nestjs-redis-kit/testing';
import { ask } from '../failover/load.js';

jest.setTimeout(600_000);

/** Keys that every process reads, invalidations, and session requests of each process. */
const [KEYS, INVALIDATIONS, SESSIONS] = [300, 60, 200];
const IDLE_MS = 4000;
const AT_ONCE = 10;

interface Counts {
  readonly commands: number;
  /** From and to applications, without what servers tell each other. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly byPrimary: readonly number[];
  /** Published messages that each primary has passed on to another server of the Cluster. */
  readonly passedOn: readonly number[];
  readonly ms: number;
}

let redis: ClusterTopology;
let origin: Server;
const figures: Record<string, unknown>[] = [];

beforeAll(async () => {
  redis = await startCluster({ replicas: 0 });
  origin = createServer((_, response) => response.end('{"name":"a product","stock":7}'));
  origin.listen(0, '127.0.0.1');
  await once(origin, 'listening');
});
afterAll(async () => {
  process.stderr.write(`${figures.map((line) => JSON.stringify(line)).join('\n')}\n`);
  origin.closeAllConnections();
  origin.close();
  await redis.stop();
});

async function startNodes(count: number): Promise<{ nodes: ChildProcess[]; urls: string[] }> {
  const fixture = new URL('../fixtures/failover-app.mjs', import.meta.url);
  const settings = JSON.stringify({
    connection: redis.connection,
    origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}`,
    session: { deadline: '10s' },
  });
  const nodes = Array.from({ length: count }, () => fork(fixture, [settings], { execArgv: [] }));
  const ports = await Promise.all(nodes.map((node) => once(node, 'message')));
  return { nodes, urls: ports.map(([{ port }]) => `http://127.0.0.1:${port}`) };
}

/** What the primaries have counted so far. */
async function counted(): Promise<
  { commands: number; bytesIn: number; bytesOut: number; passedOn: number }[]
> {
  const callAll = (...command: [string, string]): Promise<unknown[]> =>
    Promise.all(redis.nodes.map((node) => node.call(...command)));
  const texts = await callAll('INFO', 'stats');
  const buses = await callAll('CLUSTER', 'INFO');
  return texts.map((text, at) => ({
    commands: read(text, 'total_commands_processed'),
    bytesIn: read(text, 'total_net_input_bytes'),
    bytesOut: read(text, 'total_net_output_bytes'),
    passedOn: read(buses[at], 'cluster_stats_messages_publish_sent', 0),
  }));
}

/** @param otherwise for a line that Redis leaves out while it is 0 */
function read(text: unknown, name: string, otherwise = Number.NaN): number {
  const found = new RegExp(`^${name}:(\\d+)`, 'm').exec(String(text));
  return found ? Number(found[1]) : otherwise;
}

/** What a piece of work costs Redis. */
async function costOf(work: () => Promise<unknown>): Promise<Counts> {
  const before = await counted();
  const startedAt = performance.now();
  await work();
  const after = await counted();
  const sum = (name: 'commands' | 'bytesIn' | 'bytesOut'): number =>
    after.reduce((total, one, at) => total + one[name] - before[at]![name], 0);
  return {
    commands: sum('commands'),
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    byPrimary: after.map((one, at) => one.commands - before[at]!.commands),
    passedOn: after.map((one, at) => one.passedOn - before[at]!.passedOn),
    ms: performance.now() - startedAt,
  };
}

async function inTurns(tasks: readonly (() => Promise<{ outcome: unknown }>)[]): Promise<void> {
  const left = [...tasks];
  const work = async (): Promise<void> => {
    for (let task = left.pop(); task; task = left.pop())
      expect([200, 201]).toContain((await task()).outcome);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

const keys = Array.from({ length: KEYS }, (_, at) => `product-${at}`);

/** Without what the processes cost in that time when nobody asks anything. */
function perUnit(cost: Counts, idle: Counts, units: number): Record<string, number> {
  const net = (name: 'commands' | 'bytesIn' | 'bytesOut'): number =>
    Math.round(((cost[name] - (idle[name] * cost.ms) / idle.ms) / units) * 100) / 100;
  return { commands: net('commands'), bytesIn: net('bytesIn'), bytesOut: net('bytesOut') };
}

/** The greatest part by the least; keys fall into slots at random. */
const MOST_SPREAD = 3;

function spreadOf(parts: readonly number[]): number {
  return Math.max(...parts) / Math.min(...parts);
}

describe('the cost of a request, as processes are added', () => {
  it.each([1, 2, 4, 8])('with %i of them', async (count) => {
    const { nodes, urls } = await startNodes(count);
    try {
      const each = (task: (url: string) => (() => Promise<{ outcome: unknown }>)[]) =>
        inTurns(urls.flatMap(task));
      const reads = (): Promise<void> =>
        each((url) => keys.map((key) => () => ask('read', `${url}/read/${key}`)));
      // Entries are stored and every process is connected to every primary.
      await inTurns(keys.map((key, at) => () => ask('read', `${urls[at % count]!}/read/${key}`)));
      const { cookies } = await ask('login', `${urls[0]!}/login/user-${count}`, { method: 'POST' });
      const cookie = cookies.join('; ');
      const idle = await costOf(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)));
      const cold = await costOf(reads);
      // A busy machine may miss a heartbeat of the bus, which empties a memory once.
      const passes = [await costOf(reads), await costOf(reads)];
      const warm = passes.reduce((one, other) => (other.commands < one.commands ? other : one));
      const session = await costOf(() =>
        each((url) =>
          Array.from(
            { length: SESSIONS },
            () => () => ask('devices', `${url}/devices`, { cookie }),
          ),
        ),
      );
      const invalidation = await costOf(() =>
        inTurns(
          Array.from(
            { length: INVALIDATIONS },
            (_, at) => () =>
              ask('invalidate', `${urls[at % count]!}/invalidate/${keys[at]!}`, { method: 'POST' }),
          ),
        ),
      );
      const line = {
        processes: count,
        idlePerProcessAndSecond: perUnit(
          idle,
          { ...idle, commands: 0, bytesIn: 0, bytesOut: 0 },
          (count * idle.ms) / 1000,
        ),
        readFromRedis: perUnit(cold, idle, KEYS * Math.max(1, count - 1)),
        readFromMemory: perUnit(warm, idle, KEYS * count),
        session: perUnit(session, idle, SESSIONS * count),
        invalidation: perUnit(invalidation, idle, INVALIDATIONS),
        readsByPrimary: cold.byPrimary,
        invalidationsPassedOn: invalidation.passedOn,
        keysByPrimary: await Promise.all(redis.nodes.map((node) => node.call('DBSIZE'))),
      };
      figures.push(line);
      expect(Math.abs(line.readFromMemory.commands!)).toBeLessThan(0.2);
      expect(line.session.commands).toBeLessThan(10);
      expect(spreadOf(line.keysByPrimary as number[])).toBeLessThan(MOST_SPREAD);
      // One process alone has all in memory.
      if (count > 1) expect(spreadOf(line.readsByPrimary)).toBeLessThan(MOST_SPREAD);
      expect(spreadOf(line.invalidationsPassedOn)).toBeLessThan(MOST_SPREAD);
      // One message for each, whatever the number of processes; its primary passes it on to each other server.
      const others = redis.nodes.length - 1;
      const passedOn = line.invalidationsPassedOn.reduce((sum, one) => sum + one, 0);
      expect(passedOn).toBe(INVALIDATIONS * others);
    } finally {
      const gone = nodes.map((node) => once(node, 'exit'));
      for (const node of nodes) node.kill('SIGKILL');
      await Promise.all(gone);
    }
  });
});
