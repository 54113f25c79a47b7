import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UseInterceptors } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { optionsFor, OURS, PACKAGES, THEIRS } from './packages.js';

let redis: RedisServer;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** The data of three answers; the key is deleted before the third. */
const expected = new Map([
  [THEIRS, [1, 2, 3]],
  [OURS, [1, 1, 2]],
]);

describe.each(PACKAGES)('messages of a gateway with %s', (_, kit) => {
  it('are cached by the key of their handler, or not', async () => {
    let calls = 0;
    @WebSocketGateway()
    class EventsGateway {
      @SubscribeMessage('events')
      @kit.CacheKey('events')
      @UseInterceptors(kit.CacheInterceptor)
      events(): object {
        return { event: 'events', data: (calls += 1) };
      }
    }
    const module = await Test.createTestingModule({
      imports: [kit.CacheModule.register(optionsFor(redis.url))],
      providers: [EventsGateway],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    app.useWebSocketAdapter(new WsAdapter(app));
    await app.listen(0, '127.0.0.1');
    const socket = new WebSocket((await app.getUrl()).replace('http', 'ws'));
    const cache = app.get(kit.Cache, { strict: false });
    try {
      await new Promise((resolve) => socket.once('open', resolve));
      const ask = (): Promise<number> =>
        new Promise((resolve) => {
          socket.once('message', (answer: Buffer) =>
            resolve((JSON.parse(answer.toString()) as { data: number }).data),
          );
          socket.send('{"event":"events"}');
        });
      const answers = [await ask()];
      if (kit === OURS)
        await eventually(async () => expect(await cache.get('events')).toBeDefined());
      answers.push(await ask());
      await cache.del('events');
      answers.push(await ask());
      expect(answers).toEqual(expected.get(kit));
    } finally {
      socket.close();
      await app.close();
    }
  });
});
