import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import process from 'node:process';
import type { FromServer, Sample, ServerSettings, ToServer } from '../src/control.js';
import { origin } from './origin.js';
import { startProfile, writeProfile } from './profiler.js';

/** Runs a server under the benchmark: settings from the environment, questions over the IPC channel. */
export async function serve(start: (settings: ServerSettings) => Promise<Server>): Promise<void> {
  const { BENCH_REDIS_URL = '', BENCH_PREFIX = '', BENCH_VARIANT = '' } = process.env;
  process.on('message', (message: ToServer) => {
    answer(message).then(tell, fail);
  });
  // The benchmark has ended or died: so does this process.
  process.on('disconnect', () => process.exit(0));
  if (!process.connected) process.exit(0);
  const server = await start({
    redisUrl: BENCH_REDIS_URL,
    prefix: BENCH_PREFIX,
    variant: BENCH_VARIANT,
  });
  tell({ kind: 'listening', port: (server.address() as AddressInfo).port });
}

async function answer(message: ToServer): Promise<FromServer> {
  if (message.kind === 'sample') return { kind: 'sample', sample: sample() };
  if (message.kind === 'start-profile') await startProfile();
  else await writeProfile(message.file);
  return { kind: 'profiled' };
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

/** Listens on a free loopback port. */
export async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function sample(): Sample {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    cpuMicros: user + system,
    rssBytes: rss,
    heapBytes: heapUsed,
    originCalls: origin.calls,
  };
}

function tell(message: FromServer): void {
  process.send?.(message);
}
