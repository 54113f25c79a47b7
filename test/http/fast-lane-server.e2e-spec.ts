import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { Agent, type Server } from 'node:http';
import { connect } from 'node:net';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CacheInterceptor, CacheScope, FastLane, RedisModule } from 'nestjs-redis-kit';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { LaneApp, type LaneAppOptions } from '../support/lane.js';
import { RedisServer } from '../support/redis-server.js';

@Controller('things')
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
class ThingsController {
  @Get('fast/:id')
  @FastLane()
  fast(@Param('id') id: string): string {
    return `fast ${id}`;
  }

  @Get('slow/:id')
  slow(@Param('id') id: string): string {
    return `slow ${id}`;
  }
}

@Controller('things')
@UseInterceptors(CacheInterceptor)
class PlainController {
  @Get('slow/:id')
  slow(@Param('id') id: string): string {
    return `slow ${id}`;
  }
}

let redis: RedisServer;
let lane: LaneApp | undefined;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(async () => {
  await lane?.close();
  lane = undefined;
});
afterAll(() => redis.stop());

async function start(options: LaneAppOptions = {}): Promise<LaneApp> {
  lane = await LaneApp.start(redis.url, { controllers: [ThingsController] }, options);
  return lane;
}

describe('the server', () => {
  it('is left alone where no route asks for the lane', async () => {
    const app = await startApp({ connection: redis.url }, { controllers: [PlainController] });
    try {
      const server: Server = app.getHttpServer();
      expect(server.listeners('request')).toEqual([app.getHttpAdapter().getInstance()]);
    } finally {
      await app.close();
    }
  });

  it('has its listeners back after the application has closed', async () => {
    const { app } = await start();
    const server: Server = app.getHttpServer();
    expect(server.listeners('request')).toHaveLength(1);
    expect(server.listeners('request')).not.toContain(app.getHttpAdapter().getInstance());
    await app.close();
    lane = undefined;
    expect(server.listeners('request')).toEqual([app.getHttpAdapter().getInstance()]);
  });

  it('calls the listeners that were there, in their order and as a server does', async () => {
    const calls: unknown[] = [];
    const app = await start({
      prepare: (nest) => {
        const server: Server = nest.getHttpServer();
        server.prependListener('request', function first(this: unknown) {
          calls.push('first', this === server);
        });
        server.once('request', () => calls.push('once'));
      },
    });
    await app.ask('/things/slow/1');
    await app.ask('/things/slow/1');
    expect(calls).toEqual(['first', true, 'once', 'first', true]);
    calls.length = 0;
    await app.byLane('/things/fast/1');
    calls.length = 0;
    await app.ask('/things/fast/1');
    expect(calls).toEqual([]);
  });

  it('lets everything pass when somebody else has taken its listener over', async () => {
    const { app } = await start();
    const server: Server = app.getHttpServer();
    const [front] = server.listeners('request') as ((...args: unknown[]) => void)[];
    server.removeAllListeners('request');
    const wrapper = (...args: unknown[]): void => front!.apply(server, args);
    server.on('request', wrapper);
    await lane!.byLane('/things/fast/1');
    await app.close();
    lane = undefined;
    expect(server.listeners('request')).toEqual([wrapper]);
  });

  it('answers requests on one connection, the lane and the application in turn', async () => {
    const app = await start();
    await app.byLane('/things/fast/1');
    await app.ask('/things/slow/1');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const bodies: string[] = [];
      for (const path of ['fast', 'slow', 'fast', 'fast', 'slow'])
        bodies.push(String((await app.ask(`/things/${path}/1`, { agent })).body));
      expect(bodies).toEqual(['fast 1', 'slow 1', 'fast 1', 'fast 1', 'slow 1']);
      expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
    } finally {
      agent.destroy();
    }
  });

  it('answers pipelined requests in their order', async () => {
    const app = await start();
    await app.byLane('/things/fast/1');
    const answered = app.answers.length;
    const socket = connect(app.port, '127.0.0.1');
    const target = (path: string, last = ''): string =>
      `GET /things/${path} HTTP/1.1\r\nHost: 127.0.0.1:${app.port}\r\n${last}\r\n`;
    // The first one takes its time, the others are ready at once.
    socket.write(
      target('slow/new') +
        target('fast/1') +
        target('fast/1') +
        target('slow/x', 'Connection: close\r\n'),
    );
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += String(chunk)));
    await once(socket, 'close');
    expect(text.match(/^(?:fast|slow) (?:new|1|x)/gm)).toEqual([
      'slow new',
      'fast 1',
      'fast 1',
      'slow x',
    ]);
    expect(app.answers).toHaveLength(answered + 2);
  });

  it('closes a connection whose client asks for it', async () => {
    const app = await start();
    await app.byLane('/things/fast/1');
    const answer = await app.ask('/things/fast/1', { headers: { connection: 'close' } });
    expect([answer.isByLane, answer.headers.connection]).toEqual([true, 'close']);
  });

  it('is not needed: an application without HTTP starts', async () => {
    const module = {
      module: class Standalone {},
      imports: [RedisModule.forRoot({ connection: redis.url })],
      controllers: [ThingsController],
    };
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    await app.close();
  });
});

describe('the hook', () => {
  it('is told of each answer', async () => {
    const app = await start();
    const { body } = await app.byLane('/things/fast/1');
    const answer = app.answers.at(-1)!;
    expect(answer).toMatchObject({
      handler: 'ThingsController.fast',
      status: 200,
      bodyBytes: body.length,
    });
    expect(answer.request.url).toBe('/things/fast/1');
    expect(answer.response.statusCode).toBe(200);
    await eventually(() => expect(answer.response.writableFinished).toBe(true));
  });

  it('comes in time to wait for the end of the answer, as access logs do', async () => {
    let logged = 0;
    const onAnswer: LaneAppOptions['fastLane'] = {
      onAnswer: ({ response }) => void response.once('finish', () => (logged += 1)),
    };
    const app = await start({ fastLane: onAnswer });
    await eventually(async () => {
      await app.ask('/things/fast/1');
      expect(logged).toBeGreaterThan(0);
    });
  });

  it('breaks nothing when it throws', async () => {
    let calls = 0;
    const app = await start({
      fastLane: {
        onAnswer: () => {
          calls += 1;
          throw new Error('from the hook');
        },
      },
    });
    await eventually(async () => {
      expect(String((await app.ask('/things/fast/1')).body)).toBe('fast 1');
      expect(calls).toBeGreaterThan(1);
    });
  });

  it.each<[object, string]>([
    [{ onAnswer: 'log' }, 'cache.http.fastLane.onAnswer'],
    [{ maxEntries: 0 }, 'cache.http.fastLane.maxEntries'],
    [{ confirmAfter: 'soon' }, 'cache.http.fastLane.confirmAfter'],
  ])('and the other options are checked at start: %p', async (fastLane, option) => {
    await expect(start({ fastLane })).rejects.toThrow(option);
  });
});
