// Many requests at once: what single requests per connection do not show.
import { Agent, get as httpGet } from 'node:http';
import { SERVERS } from '../servers.js';
import { get, openSessions } from './client.js';
import type { BenchRedis } from './redis.js';
import { ServerProcess } from './server-process.js';

const CROWD = 500;
const CHANGES = 50;

/** 500 requests at once for a URL that nobody has asked for, over some processes of one application. */
export async function coldUrl(
  redis: BenchRedis,
  { processes, rounds }: { readonly processes: number; readonly rounds: number },
): Promise<Record<string, number[]>> {
  const choice = serverNamed('kit-l1');
  const servers = await Promise.all(
    Array.from({ length: processes }, () =>
      ServerProcess.start(choice, {
        redisUrl: redis.url,
        prefix: `cold-${processes}:`,
        database: 60,
        isPinned: false,
      }),
    ),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: CROWD });
  try {
    const origin: number[] = [];
    const slowest: number[] = [];
    // Opens the connections and warms the code up.
    await crowd(servers, '/slow/warm', agent);
    const alone = await timeOf(() => get(`${servers[0]!.url}/slow/alone`));
    for (let round = 0; round < rounds; round++) {
      const before = await originCalls(servers);
      slowest.push((await crowd(servers, `/slow/${round}`, agent)) / alone);
      origin.push((await originCalls(servers)) - before);
    }
    return { [`cold.${processes}.origin`]: origin, [`cold.${processes}.slowest`]: slowest };
  } finally {
    agent.destroy();
    await Promise.all(servers.map((server) => server.end()));
  }
}

/** One host name, as behind a load balancer. @returns the milliseconds until the last answer */
function crowd(servers: readonly ServerProcess[], path: string, agent: Agent): Promise<number> {
  const urls = Array.from({ length: CROWD }, (_, n) => servers[n % servers.length]!.url + path);
  return timeOf(() => Promise.all(urls.map((url) => getBy(url, agent))));
}

function getBy(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent, timeout: 10_000, headers: { host: 'shop.test' } }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}.`));
      response.resume().once('end', resolve);
    }).once('error', reject);
  });
}

async function originCalls(servers: readonly ServerProcess[]): Promise<number> {
  const samples = await Promise.all(servers.map((server) => server.sample()));
  return samples.reduce((sum, sample) => sum + sample.originCalls, 0);
}

/** 50 requests at once that each change another key of one session. */
export async function sessionChanges(
  redis: BenchRedis,
  rounds: number,
): Promise<Record<string, number[]>> {
  const server = await ServerProcess.start(serverNamed('kit-session'), {
    redisUrl: redis.url,
    prefix: 'changes:',
    database: 61,
  });
  try {
    const kept: number[] = [];
    const commands: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const [cookie] = await openSessions(server.url, 1);
      const seen = await redis.commandsDuring(async () => {
        const paths = Array.from({ length: CHANGES }, (_, n) => `/session/keep/key${n}`);
        await Promise.all(paths.map((path) => get(server.url + path, cookie)));
      });
      const { body } = await get(`${server.url}/session/kept`, cookie);
      kept.push((JSON.parse(body) as { readonly kept: number }).kept);
      commands.push(Object.values(seen).reduce((sum, count) => sum + count, 0) / CHANGES);
    }
    return { 'session50.kept': kept, 'session50.commands': commands };
  } finally {
    await server.end();
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function serverNamed(id: string): (typeof SERVERS)[number] {
  const choice = SERVERS.find((server) => server.id === id);
  if (!choice) throw new Error(`There is no server ${id}.`);
  return choice;
}
