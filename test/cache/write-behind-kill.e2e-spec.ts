import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';
import { ItemsDatabase, type SentChange } from './write-behind-database.js';
import { WriteHistory } from './write-behind-history.js';

/** `SOAK=1` is the long form; `SEED` and `KILLS` repeat a run or make one longer still. */
const SEED = Number(process.env.SEED ?? 20_261);
const KILLS = Number(process.env.KILLS ?? (process.env.SOAK === '1' ? 200 : 4));
/** Time between two kills: up to this, at random. */
const LONGEST_LIFE_MS = 1800;
/** Of each of the two applications. */
const WRITES_PER_SECOND = 650;
/** In use at a time; every half second come others. */
const KEYS = 150;
/** Share of batches that the database refuses, and of batches that it takes and whose answer is an error. */
const REFUSED = 0.03;
const UNANSWERED = 0.03;

type Message =
  | { readonly kind: 'ready' | 'stopped' }
  | { readonly kind: 'batch'; readonly call: number; readonly changes: readonly SentChange[] }
  | {
      readonly kind: 'issued' | 'acknowledged';
      readonly at: number;
      readonly key: string;
      readonly writer: string;
      readonly n: number;
    }
  | { readonly kind: 'refused'; readonly code: string };

let redis: RedisServer;
const database = new ItemsDatabase();
const children = new Set<ChildProcess>();

beforeAll(async () => {
  redis = await RedisServer.start();
  await database.open();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});
afterAll(async () => {
  await redis.stop();
  await database.close();
});

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = mulberry32(SEED);
const history = new WriteHistory();

/** Two chairs; whoever sits in one is killed now and then, and another application takes the chair. */
class Chair {
  child!: ChildProcess;
  #incarnation = 0;
  #name = '';

  constructor(private readonly chair: string) {}

  async start(): Promise<void> {
    this.#incarnation += 1;
    const name = `${this.chair}${this.#incarnation}`;
    this.#name = name;
    const seed = String(SEED + this.#incarnation * 7 + this.chair.charCodeAt(0));
    const child = fork(
      join(import.meta.dirname, '../fixtures/write-behind-app.mjs'),
      [redis.url, name, seed, String(WRITES_PER_SECOND), String(KEYS)],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    this.child = child;
    children.add(child);
    child.on('message', (message: Message) => receive(child, message));
    // Not 'exit': by now everything that it said has arrived.
    child.once('disconnect', () => {
      history.ended(name, performance.timeOrigin + performance.now());
      children.delete(child);
    });
    await this.#said('ready');
  }

  async kill(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  async finish(): Promise<void> {
    this.child.send({ kind: 'stop' });
    await this.#said('stopped');
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.send({ kind: 'close' });
    await gone;
  }

  #said(kind: Message['kind']): Promise<void> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      child.on('message', (message: Message) => message.kind === kind && resolve());
      child.once('exit', () => reject(new Error(`${this.#name} ended before it was ${kind}.`)));
    });
  }
}

function receive(child: ChildProcess, message: Message): void {
  if (message.kind === 'batch') void answer(child, message.call, message.changes);
  if (message.kind === 'refused') history.refused += 1;
  if (message.kind === 'acknowledged') history.acknowledged(message.writer, message.n, message.at);
  if (message.kind === 'issued') history.issued(message.key, message.writer, message.n, message.at);
}

async function answer(
  child: ChildProcess,
  call: number,
  changes: readonly SentChange[],
): Promise<void> {
  const luck = random();
  if (luck >= REFUSED) await database.apply(changes);
  const error = luck < REFUSED + UNANSWERED ? 'the database had a bad day' : undefined;
  if (child.connected) child.send({ kind: 'answer', call, error }, () => undefined);
}

/** Changes that the source does not have when it has had time to get them. */
async function leftInRedis(): Promise<number> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const left = await waiting();
    if (left === 0 || performance.now() > giveUpAt) return left;
    await sleep(50);
  }
}

function waiting(): Promise<number> {
  return redis.use(async (client) => {
    const shards = Array.from({ length: 16 }, (_, shard) => `cache:changes:items:{items:${shard}}`);
    const lengths = await Promise.all(shards.map((stream) => client.xlen(stream)));
    return lengths.reduce((sum, length) => sum + length, 0);
  });
}

describe('write-behind under SIGKILL', () => {
  it(
    'loses no acknowledged write and writes no key out of order',
    async () => {
      const chairs = [new Chair('a'), new Chair('b')] as const;
      await Promise.all(chairs.map((chair) => chair.start()));
      const began = performance.now();
      for (let kill = 0; kill < KILLS; kill += 1) {
        await sleep(200 + random() * LONGEST_LIFE_MS);
        const chair = random() < 0.5 ? chairs[0] : chairs[1];
        await chair.kill();
        await chair.start();
      }
      await sleep(500);
      await Promise.all(chairs.map((chair) => chair.finish()));
      const seconds = (performance.now() - began) / 1000;
      const left = await leftInRedis();
      await Promise.all(chairs.map((chair) => chair.close()));

      const tries = await database.tries();
      const missing = history.missing(await database.rows());
      console.log(
        `seed ${SEED}: ${KILLS} kills in ${seconds.toFixed(1)} s, ${history.issuedCount} writes, ` +
          `${history.acknowledgedCount} acknowledged (${Math.round(history.acknowledgedCount / seconds)}/s), ` +
          `${history.refused} refused; source: ${tries.all} rows, ${tries.repeated} repeated; ` +
          `missing ${missing.length}, out of order ${tries.outOfOrder}, left in Redis ${left}`,
      );
      expect(history.acknowledgedCount).toBeGreaterThan(500 * seconds);
      expect(missing).toEqual([]);
      expect(tries.outOfOrder).toBe(0);
      expect(left).toBe(0);
    },
    30_000 + KILLS * 5000,
  );
});
