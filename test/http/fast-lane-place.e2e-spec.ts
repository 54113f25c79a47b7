import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Controller, Get, Req, UseInterceptors, Version, VersioningType } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Request } from 'express';
import { CacheInterceptor, CacheScope, FastLane, RedisModule } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { LaneApp, type Asked, type LaneAppOptions } from '../support/lane.js';
import { RedisServer } from '../support/redis-server.js';

@Controller()
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@FastLane()
class NewsController {
  @Get('news')
  news(@Req() { protocol, host }: Request): object {
    return { from: `${protocol}://${host}` };
  }

  @Get('versions')
  @Version('1')
  first(): string {
    return 'one';
  }

  @Get('versions')
  @Version('2')
  second(): string {
    return 'two';
  }
}

const others: RedisServer[] = [];
let redis: RedisServer;
let lane: LaneApp;
beforeAll(async () => {
  redis = await RedisServer.start();
});
afterEach(() => lane.close());
afterAll(() => Promise.all([redis, ...others].map((server) => server.stop())));

async function start(options: LaneAppOptions = {}): Promise<LaneApp> {
  await redis.use((client) => client.flushall());
  lane = await LaneApp.start(redis.url, { controllers: [NewsController] }, options);
  return lane;
}

describe('hosts and protocols as Express sees them', () => {
  const forwarded = (host: string, proto: string): Asked => ({
    headers: { host: 'inner', 'x-forwarded-host': host, 'x-forwarded-proto': proto },
  });

  const from = async (asked: Asked): Promise<unknown> => {
    const { body } = await lane.byLane('/news', asked);
    return (JSON.parse(String(body)) as { from: string }).from;
  };

  it('are told apart behind a trusted proxy', async () => {
    await start({ prepare: (app) => void app.set('trust proxy', 'loopback') });
    const all = ['http://a.example', 'https://a.example', 'http://b.example'];
    const each = async (): Promise<unknown[]> => [
      await from(forwarded('a.example', 'http')),
      await from(forwarded('a.example', 'https')),
      await from(forwarded('b.example', 'http')),
    ];
    expect(await each()).toEqual(all);
    expect(await each()).toEqual(all);
  });

  it('are what the client says itself where no proxy is trusted', async () => {
    await start();
    expect(await from(forwarded('a.example', 'https'))).toBe('http://inner');
  });
});

describe('https', () => {
  it('is answered, and is another scheme', async () => {
    let answers = 0;
    const fastLane = { confirmAfter: 1, onAnswer: () => void (answers += 1) };
    const options = { connection: redis.url, cache: { http: { fastLane } } };
    const module = {
      module: class Secure {},
      imports: [RedisModule.forRoot(options)],
      controllers: [NewsController],
    };
    const app = await NestFactory.create(module, { logger: false, httpsOptions: certificate() });
    try {
      await app.listen(0, '127.0.0.1');
      const { port } = app.getHttpServer().address() as AddressInfo;
      await eventually(async () => {
        const sent = request({ port, path: '/news', rejectUnauthorized: false }).end();
        const [response] = (await once(sent, 'response')) as [IncomingMessage];
        expect(await text(response)).toBe(`{"from":"https://localhost:${port}"}`);
        expect(answers).toBeGreaterThan(0);
      });
    } finally {
      await app.close();
    }
  });
});

/** One of its own, for a day. */
function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'fast-lane-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const files = ['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '1'];
  try {
    const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files];
    execFileSync(process.env.OPENSSL_BIN ?? 'openssl', options, { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('versions by header', () => {
  it.each([
    ['a header', 'x-version', (version: string) => version],
    ['the media type', 'accept', (version: string) => `application/json;v=${version}`],
  ])('are told apart: %s', async (_, name, value) => {
    await start({
      prepare: (app) =>
        void app.enableVersioning(
          name === 'accept'
            ? { type: VersioningType.MEDIA_TYPE, key: 'v=' }
            : { type: VersioningType.HEADER, header: 'X-Version' },
        ),
    });
    for (const [version, expected] of [
      ['1', 'one'],
      ['2', 'two'],
      ['1', 'one'],
    ] as const) {
      const { body } = await lane.byLane('/versions', { headers: { [name]: value(version) } });
      expect(String(body)).toBe(expected);
    }
    expect((await lane.ask('/versions')).status).toBe(404);
  });
});

describe('without Redis', () => {
  it('goes by what this process knows', async () => {
    const own = await RedisServer.start();
    others.push(own);
    lane = await LaneApp.start(own.url, { controllers: [NewsController] });
    await lane.byLane('/news');
    await own.kill();
    await eventually(async () => {
      const answer = await lane.ask('/news');
      expect([answer.status, answer.isByLane, answer.headers['x-cache']]).toEqual([
        200,
        true,
        'HIT',
      ]);
    });
    await own.restart();
    // So that the application can close without waiting for it.
    await eventually(() =>
      own.use(async (client) => expect(await client.client('LIST')).toMatch(/\bs?sub=[1-9]/)),
    );
  });

  it('keeps no answer where memory is off', async () => {
    await start({ cache: { memory: false } });
    for (let n = 0; n < 8; n += 1) expect((await lane.ask('/news')).isByLane).toBe(false);
  });
});
