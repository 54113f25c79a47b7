import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { RedisServer } from '../support/redis-server.js';

interface Started {
  readonly url: string;
  readonly slow: string;
  readonly quick: string;
}

let server: RedisServer;
let node: ChildProcess;
let started: Started;
let errors: string;

beforeAll(async () => {
  server = await RedisServer.start();
});

beforeEach(async () => {
  const fixture = new URL('../fixtures/outage-node.mjs', import.meta.url);
  const settings = JSON.stringify({ connection: server.url });
  node = fork(fixture, [settings], { execArgv: [], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  errors = '';
  node.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  [started] = (await once(node, 'message')) as [Started];
}, 30_000);

afterEach(() => {
  server.thaw();
  node.kill('SIGKILL');
});
afterAll(() => server.stop());

async function who(cookie: string): Promise<string> {
  return (await fetch(`${started.url}/who`, { headers: { cookie } })).text();
}

/** Every command of the process has its answer or its error, and none of them ended it. */
async function survives(): Promise<void> {
  node.send('settle');
  await Promise.race([once(node, 'message'), once(node, 'exit')]);
  expect([node.exitCode, errors]).toEqual([null, '']);
}

it('an outage leaves the process alive, whose breaker is open while epochs grow old', async () => {
  expect(await who(started.quick)).toBe('quick');
  server.freeze();
  // Each takes its deadline: together longer than an epoch is trusted, and enough for the breaker to open.
  for (let asked = 0; asked < 5; asked++) expect(await who(started.quick)).toBe('nobody');
  await survives();
});

it('an outage while a schema decides leaves the process alive', async () => {
  const late = who(started.slow);
  await once(node, 'message');
  server.freeze();
  for (let asked = 0; asked < 4; asked++) expect(await who(started.quick)).toBe('nobody');
  node.send('open');
  expect(await late).toBe('nobody');
  await survives();
});
