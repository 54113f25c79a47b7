import { setTimeout } from 'node:timers/promises';
import type { Case } from '../cases.js';
import { get, openSessions } from './client.js';
import type { BenchRedis } from './redis.js';
import type { ServerProcess } from './server-process.js';

const REQUESTS = 20;
/** For what a server does after its answer, such as storing it. */
const SETTLE_MS = 50;

/** What a server does for one request of a case, counted and not timed. */
export interface Audit {
  /** Commands that the server sends to Redis per request, by name. */
  readonly commands: Readonly<Record<string, number>>;
  readonly bodyBytes: number;
}

/**
 * Sends a few requests one after another, counts what they cause, and checks that the server does what the
 * case is about: the right answer, from the cache where it should come from there.
 */
export async function audit(test: Case, server: ServerProcess, redis: BenchRedis): Promise<Audit> {
  const url = server.url + test.path;
  const [cookie] = test.visitor === 'session' ? await openSessions(server.url, 1) : [];
  const first = await get(url, cookie);
  if (first.status !== 200)
    throw new Error(`${server.name}: ${test.path} answers ${first.status}.`);
  await setTimeout(SETTLE_MS);
  const before = await server.sample();
  let bodyBytes = 0;
  const commands = await redis.commandsDuring(async () => {
    for (let n = 0; n < REQUESTS; n++) {
      const { body } = await get(test.misses === 'every' ? `${url}?audit=${n}` : url, cookie);
      bodyBytes = body.length;
    }
    await setTimeout(SETTLE_MS);
  });
  const { originCalls } = await server.sample();
  checkOrigin(test, server.name, originCalls - before.originCalls);
  return {
    bodyBytes,
    commands: Object.fromEntries(
      Object.entries(commands).map(([name, count]) => [name, count / REQUESTS]),
    ),
  };
}

const UNCACHED = new Set(['nest']);

function checkOrigin({ id, misses, path }: Case, server: string, calls: number): void {
  if (!path.startsWith('/items/')) return;
  const expected = misses === 'every' || UNCACHED.has(server) ? REQUESTS : 0;
  if (calls !== expected) {
    throw new Error(`${server} ran the handler ${calls} times in ${REQUESTS} requests of ${id}.`);
  }
}
