import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { globalAgent } from 'node:http';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { StandaloneTopology } from 'nestjs-redis-kit/testing';
import { eventually } from '../support/eventually.js';

/** Handles and the like, by kind: what must be the same at any two quiet moments. */
export type Held = Readonly<Record<string, number>>;

/** What one process holds at a quiet moment, and what Redis says of it. */
export interface Holding {
  readonly memory: Readonly<Record<'heapUsed' | 'external' | 'arrayBuffers' | 'rss', number>>;
  /** Clients of Redis that have lost their connection. */
  readonly unconnected: readonly string[];
  readonly held: Held;
  /** Answers of the fast lane so far. */
  readonly byLane: number;
}

const LOOKS = 9;
const LOOK_EVERY_MS = 250;

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)]!;
}

/** One application as a process of its own, which tells what it holds. */
export class GrowthApp {
  private constructor(
    private readonly redis: StandaloneTopology,
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(redis: StandaloneTopology): Promise<GrowthApp> {
    const fixture = new URL('../fixtures/growth-app.mjs', import.meta.url);
    const settings = { connection: redis.connection, leak: process.env.GROWTH_LEAK };
    const child = fork(fixture, [JSON.stringify(settings)], { execArgv: ['--expose-gc'] });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new GrowthApp(redis, child, `http://127.0.0.1:${port}`);
  }

  /** What it holds once nobody is connected to it and it is connected to Redis. */
  async holding(): Promise<Holding> {
    return eventually(async () => {
      globalAgent.destroy();
      const holding = await this.#look();
      expect(holding.unconnected).toEqual([]);
      return holding;
    }, 60_000);
  }

  /** The median of each count in several looks: what a heartbeat or a sweep does for a moment is not among them. */
  async quiet(): Promise<Held> {
    const looks: Held[] = [];
    for (let at = 0; at < LOOKS; at += 1) {
      await sleep(LOOK_EVERY_MS);
      looks.push((await this.holding()).held);
    }
    const names = new Set(looks.flatMap((look) => Object.keys(look)));
    return Object.fromEntries(
      [...names].toSorted().map((name) => [name, median(looks.map((look) => look[name] ?? 0))]),
    );
  }

  /** Closes the application. @returns the code with which the process ended by itself, else the signal that it took */
  async close(limitMs: number): Promise<unknown> {
    const gone = once(this.child, 'exit');
    this.child.send('close');
    const limit = setTimeout(() => this.child.kill('SIGKILL'), limitMs);
    const [code, signal] = (await gone) as [number | null, string | null];
    clearTimeout(limit);
    return code ?? signal;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  async #look(): Promise<Holding> {
    const answered = once(this.child, 'message');
    this.child.send('sample');
    const [{ sample }] = (await answered) as [{ sample: Holding }];
    const text = String(await this.redis.node.call('INFO', 'clients'));
    const connections = Number(/^connected_clients:(\d+)/m.exec(text)?.[1]);
    return { ...sample, held: { ...sample.held, connections } };
  }
}
