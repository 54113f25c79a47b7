import { Agent, get } from 'node:http';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { LoadOrder, LoadReport } from '../src/load.js';
import { reportOf, uniquePath } from './report.js';

const TIMEOUT_MS = 10_000;

/**
 * Requests at a fixed rate, whether or not answers come, as from users who do not know of each other. The
 * latency counts from when a request was due: a server that stalls does not hide those that it made wait.
 */
export async function openLoop(order: LoadOrder): Promise<LoadReport> {
  const agent = new Agent({ keepAlive: true });
  const micros: number[] = [];
  let failures = 0;
  const pending: Promise<void>[] = [];
  const startedAt = performance.now();
  const send = (n: number, dueAt: number): Promise<void> =>
    request(order, n, agent).then(
      () => void micros.push((performance.now() - dueAt) * 1000),
      () => void failures++,
    );
  for (const [n, dueAt] of arrivals(order, startedAt).entries()) {
    await until(dueAt);
    pending.push(send(n, dueAt));
  }
  await Promise.all(pending);
  agent.destroy();
  return reportOf({ micros, failures, seconds: (performance.now() - startedAt) / 1000 });
}

/** To the microsecond: a timer alone would be up to two milliseconds late. */
async function until(dueAt: number): Promise<void> {
  const wait = dueAt - performance.now();
  if (wait > 3) await setTimeout(wait - 2);
  while (performance.now() < dueAt) await setImmediate();
}

/** Poisson arrivals: the gaps are exponential. */
function arrivals({ rate, seconds }: LoadOrder, startedAt: number): number[] {
  const times: number[] = [];
  let at = startedAt;
  for (;;) {
    at -= (Math.log(1 - Math.random()) / rate) * 1000;
    if (at > startedAt + seconds * 1000) return times;
    times.push(at);
  }
}

function request({ url, cookies, isUnique }: LoadOrder, n: number, agent: Agent): Promise<void> {
  const cookie = cookies[n % Math.max(1, cookies.length)];
  const headers = cookie === undefined ? {} : { cookie };
  const target = isUnique ? uniquePath(url) : url;
  return new Promise((resolve, reject) => {
    const sent = get(target, { agent, headers, timeout: TIMEOUT_MS }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`Status ${response.statusCode}`));
      response.resume().once('end', resolve);
    });
    sent.once('timeout', () => sent.destroy()).once('error', reject);
  });
}
