import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

/** `KILLS` makes a run longer. */
const KILLS = Number(process.env.KILLS ?? (process.env.SOAK === '1' ? 60 : 4));
/** Messages that the application of a chair gets through before the next kill. */
const LIFE = 150;
const GROUPS = ['mailer', 'counter'];
const KEY = 'app:stream:{orders}';

type Said =
  | { readonly kind: 'ready' | 'stopped' }
  | { readonly kind: 'acknowledged'; readonly message: string }
  | { readonly kind: 'handled'; readonly group: string; readonly message: string };

let redis: RedisServer;
const children = new Set<ChildProcess>();
const acknowledged = new Set<string>();
const handled = new Map(GROUPS.map((group) => [group, new Map<string, number>()]));

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await redis.stop();
});

async function startApp(name: string): Promise<ChildProcess> {
  const fixture = join(import.meta.dirname, '../fixtures/stream-app.mjs');
  const child = fork(fixture, [redis.url, name], { execArgv: [] });
  children.add(child);
  const ready = once(child, 'message');
  child.on('message', (said: Said) => hear(said));
  await ready;
  return child;
}

function hear(said: Said): void {
  if (said.kind === 'acknowledged') acknowledged.add(said.message);
  if (said.kind !== 'handled') return;
  const seen = handled.get(said.group)!;
  seen.set(said.message, (seen.get(said.message) ?? 0) + 1);
}

async function kill(child: ChildProcess): Promise<void> {
  // Not 'exit': by now everything that it said has arrived.
  const gone = once(child, 'disconnect');
  child.kill('SIGKILL');
  await gone;
}

function missing(group: string): string[] {
  return [...acknowledged].filter((message) => !handled.get(group)!.has(message));
}

it(
  'a stream loses no acknowledged publish when applications are killed',
  async () => {
    const chairs = await Promise.all([startApp('a0'), startApp('b0')]);
    for (let count = 1; count <= KILLS; count += 1) {
      const enough = acknowledged.size + LIFE;
      await eventually(() => expect(acknowledged.size).toBeGreaterThan(enough), 60_000);
      const chair = count % 2;
      await kill(chairs[chair]!);
      chairs[chair] = await startApp(`${'ab'[chair]}${count}`);
    }
    await Promise.all(
      chairs.map(async (child) => {
        const stopped = new Promise<void>((resolve) =>
          child.on('message', ({ kind }: Said) => kind === 'stopped' && resolve()),
        );
        child.send('stop');
        await stopped;
      }),
    );
    for (const group of GROUPS) await eventually(() => expect(missing(group)).toEqual([]), 60_000);
    // What is done with does not stay, and nothing was given up.
    await eventually(async () => expect(await redis.use((client) => client.xlen(KEY))).toBe(0));
    expect(await redis.use((client) => client.xlen(`${KEY}:dead`))).toBe(0);
    const twice = GROUPS.flatMap((group) => [...handled.get(group)!.values()]).filter((n) => n > 1);
    console.log(
      `${KILLS} kills, ${acknowledged.size} messages acknowledged, ${twice.length} handled more than once`,
    );
  },
  60_000 + KILLS * 20_000,
);
