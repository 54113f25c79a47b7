import process from 'node:process';
import type { MicroReport } from '../src/measure/micro.js';

export const redisUrl = process.env.BENCH_REDIS_URL ?? '';
const seconds = Number(process.env.BENCH_SECONDS ?? 1);

/** Sends the figures of a program to the benchmark and ends; run by hand, it prints them. */
export function report(values: MicroReport['values']): void {
  const message: MicroReport = { values };
  if (!process.send) {
    console.log(message.values);
    process.exit(0);
  }
  process.send(message, () => process.exit(0));
}

/** Runs an operation over and over, first to warm up. @returns operations per second */
export async function perSecond(operation: () => unknown): Promise<number> {
  await runFor(seconds / 3, operation);
  return runFor(seconds, operation);
}

const BATCH = 100;

async function runFor(limit: number, operation: () => unknown): Promise<number> {
  const startedAt = performance.now();
  const endsAt = startedAt + limit * 1000;
  let count = 0;
  while (performance.now() < endsAt) {
    for (let n = 0; n < BATCH; n++) await operation();
    count += BATCH;
  }
  return (count / (performance.now() - startedAt)) * 1000;
}

/** Runs an operation over and over, first to warm up. @returns microseconds of CPU time per operation */
export async function cpuMicros(operation: () => unknown): Promise<number> {
  await runFor(seconds / 3, operation);
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const rate = await runFor(seconds, operation);
  const { user, system } = process.cpuUsage(before);
  const count = (rate * (performance.now() - startedAt)) / 1000;
  return (user + system) / count;
}
