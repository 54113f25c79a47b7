import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseInterceptors, type INestApplication } from '@nestjs/common';
import express from 'express';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CacheInterceptor, CachePolicy, CacheScope, CacheTTL } from 'nestjs-redis-kit';
import { eventually } from '../support/eventually.js';
import { NestApp } from './support/nest-app.js';
import { sendRaw } from './support/raw-client.js';

let runs = 0;

@Controller('page')
@UseInterceptors(CacheInterceptor)
@CacheScope('public')
@CacheTTL(1)
@CachePolicy({ staleWhileRevalidate: '1h' })
class PageController {
  @Get()
  page(): object {
    runs += 1;
    return { run: runs };
  }
}

let nest: NestApp;
let close: () => Promise<void> = async () => undefined;
afterEach(async () => {
  await close();
  await nest.stop();
});

async function start(prepare: (app: INestApplication) => void = () => undefined): Promise<void> {
  runs = 0;
  const options = { cache: { deadline: '5s' } } as const;
  nest = await NestApp.start({ controllers: [PageController] }, options, prepare);
}

/** A stale answer is served while the handler runs in the background; what it says comes after. */
async function expectRefresh(url: string): Promise<void> {
  expect((await sendRaw(url)).headers['x-cache']).toBe('MISS');
  await eventually(async () => {
    const { body, headers } = await sendRaw(url);
    expect(headers['x-cache']).toBe('STALE');
    expect(JSON.parse(body)).not.toEqual({ run: 1 });
  });
}

describe('a refresh in the background', () => {
  it('reaches the handler of an application that is mounted under a path', async () => {
    await start();
    const outer = express().use('/sub', nest.app.getHttpAdapter().getInstance());
    const server = outer.listen(0, '127.0.0.1');
    await once(server, 'listening');
    close = async () => {
      server.close();
      await once(server, 'close');
    };
    await expectRefresh(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sub/page`);
  });

  it('reaches the handler of an application with a global prefix', async () => {
    await start((app) => app.setGlobalPrefix('api'));
    close = async () => undefined;
    await expectRefresh(`${nest.url}/api/page`);
  });
});
