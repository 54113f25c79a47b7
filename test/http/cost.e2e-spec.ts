import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { createHook } from 'node:async_hooks';
import { Agent, get } from 'node:http';
import { Command, Redis as Connection, type Redis } from 'ioredis';
import { CacheInterceptor, CacheService, RedisConnections } from 'nestjs-redis-kit';
import type { Observable } from 'rxjs';
import { trafficOf, type Traffic } from '../session/support/round-trips.js';
import { NestApp } from './support/nest-app.js';

/** What a busy machine does not change: commands, round trips, promises and bytes. Times are the benchmark's. */
const BODY = { text: 'x'.repeat(1000) };
const BODY_BYTES = JSON.stringify(BODY).length;

let promises = 0;
const hook = createHook({
  init(_id, type) {
    if (type === 'PROMISE') promises += 1;
  },
});

/** Counts what `CacheInterceptor` itself makes, before anything is waited for. */
class WatchedInterceptor extends CacheInterceptor {
  static last: { promises: number; isPromise: boolean } | undefined;

  override intercept(
    context: ExecutionContext,
    next: CallHandler,
  ): Observable<unknown> | Promise<Observable<unknown>> {
    const before = promises;
    const answer = super.intercept(context, next);
    WatchedInterceptor.last = {
      promises: promises - before,
      isPromise: answer instanceof Promise,
    };
    return answer;
  }
}

class PassingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
  }
}

@Controller()
class CostController {
  @Get('cached')
  @UseInterceptors(CacheInterceptor)
  cached(): object {
    return BODY;
  }

  @Get('of/:id')
  @UseInterceptors(CacheInterceptor)
  of(): object {
    return BODY;
  }

  @Get('watched')
  @UseInterceptors(WatchedInterceptor)
  watched(): object {
    return BODY;
  }

  @Get('uncached')
  @UseInterceptors(PassingInterceptor)
  uncached(): object {
    return BODY;
  }
}

let withMemory: NestApp;
let withoutMemory: NestApp;
let agent: Agent;

beforeAll(async () => {
  const metadata = { controllers: [CostController] };
  const patient = { deadline: '5s' } as const;
  withMemory = await NestApp.start(metadata, { cache: patient });
  withoutMemory = await NestApp.start(metadata, { cache: { ...patient, memory: false } });
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  // Scripts, generations and routes are known from here on.
  for (const nest of [withMemory, withoutMemory])
    for (const path of ['/cached?warm', '/cached', '/watched?warm', '/uncached', '/of/warm'])
      await ask(nest, path);
});
afterAll(async () => {
  agent.destroy();
  hook.disable();
  await withMemory.stop();
  await withoutMemory.stop();
});

/** One promise per request, so that the client's part is known. @returns X-Cache */
function ask(nest: NestApp, path: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    get(nest.url + path, { agent }, (response) => {
      response.resume().on('end', () => resolve(String(response.headers['x-cache'])));
    }).on('error', reject);
  });
}

/** Commands of one request, with the round trips that they take. Both applications know its path and its scripts. */
async function traffic(
  nest: NestApp,
  path: string,
): Promise<Omit<Traffic, 'mostAtOnce'> & { readonly verdict: string | undefined }> {
  const client = nest.app.get(RedisConnections).client('default', 'cache') as Redis;
  let verdict: string | undefined;
  const { roundTrips, commands } = await trafficOf(client, async () => {
    verdict = await ask(nest, path);
    // An answer is stored once it has gone out. What a client sends in a later turn is a trip of its own.
    await nextTurn();
    await nextTurn();
    await answered(client);
  });
  return { roundTrips, commands, verdict };
}

/** Redis answers in order, so all that was sent before has its reply. Goes past what is counted. */
async function answered(client: Redis): Promise<void> {
  const send: Redis['sendCommand'] = Reflect.get(Connection.prototype, 'sendCommand');
  await send.call(client, new Command('ping'));
}

const RUNS = 50;
/** What goes on besides, such as a heartbeat, makes a few promises in all the runs. */
const NOISE = 1;

async function promisesOf(work: (run: number) => Promise<unknown>): Promise<number> {
  await work(-1);
  hook.enable();
  const before = promises;
  for (let run = 0; run < RUNS; run += 1) await work(run);
  const made = promises - before;
  hook.disable();
  return made / RUNS;
}

/** Promises that the cache adds to those of Nest, its interceptors and the client. */
async function addedPromises(nest: NestApp, path: (run: number) => string): Promise<number> {
  const own = await promisesOf((run) => ask(nest, path(run)));
  return own - (await promisesOf(() => ask(nest, '/uncached')));
}

describe('commands and round trips of an answer', () => {
  it('a hit in memory asks Redis nothing', async () => {
    expect(await traffic(withMemory, '/cached')).toEqual({
      verdict: 'HIT',
      commands: [],
      roundTrips: 0,
    });
  });

  it('a hit in Redis is one command', async () => {
    expect(await traffic(withoutMemory, '/cached')).toEqual({
      verdict: 'HIT',
      commands: ['evalsha'],
      roundTrips: 1,
    });
  });

  it('a miss on a known path is two: look up or take the lease, store', async () => {
    expect(await traffic(withMemory, '/cached?new')).toEqual({
      verdict: 'MISS',
      commands: ['evalsha', 'evalsha'],
      roundTrips: 2,
    });
  });

  it('a miss on a new path asks for its generation in the same round trip', async () => {
    expect(await traffic(withMemory, '/of/new')).toEqual({
      verdict: 'MISS',
      commands: ['evalsha', 'evalsha', 'evalsha'],
      roundTrips: 2,
    });
  });
});

describe('promises', () => {
  it('a hit in memory makes none', async () => {
    hook.enable();
    expect(await ask(withMemory, '/watched?warm')).toBe('HIT');
    hook.disable();
    expect(WatchedInterceptor.last).toEqual({ promises: 0, isPromise: false });
  });

  it('a hit in Redis makes at most 40', async () => {
    expect(await addedPromises(withoutMemory, () => '/cached')).toBeLessThanOrEqual(40 + NOISE);
  });

  it('a miss makes at most 64', async () => {
    const added = await addedPromises(withMemory, (run) => `/cached?run=${run}`);
    expect(added).toBeLessThanOrEqual(64 + NOISE);
  });

  it('getOrSet makes at most 6 for a hit in memory and 55 for a load', async () => {
    const cache = withMemory.app.get(CacheService);
    const load = (): object => ({ id: 1 });
    await cache.getOrSet('warm', load);
    const hit = await promisesOf(() => cache.getOrSet('warm', load));
    const cold = await promisesOf((run) => cache.getOrSet(`cold ${run}`, load));
    expect(hit).toBeLessThanOrEqual(6 + NOISE);
    expect(cold).toBeLessThanOrEqual(55 + NOISE);
  });
});

describe('bytes in Redis', () => {
  const bytesOf = (pattern: string): Promise<number> =>
    withMemory.redis.use(async (client) => {
      const [key = ''] = await client.keys(pattern);
      return client.strlen(key);
    });

  it('an answer takes at most 490 more than its body', async () => {
    const bytes = await bytesOf('*entry:http:*"/cached","",*');
    expect(bytes).toBeGreaterThan(BODY_BYTES);
    expect(bytes).toBeLessThanOrEqual(BODY_BYTES + 490);
  });

  it('a value takes at most 76 more than its JSON', async () => {
    await withMemory.app.get(CacheService).getOrSet('small', () => ({ id: 1 }));
    const bytes = await bytesOf('*entry:default:*small*');
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual('{"id":1}'.length + 76);
  });
});
