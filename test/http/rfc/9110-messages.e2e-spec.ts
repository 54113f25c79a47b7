import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Res, UseInterceptors } from '@nestjs/common';
import type { Response } from 'express';
import { CacheInterceptor } from 'nestjs-redis-kit';
import { latch } from '../../support/latch.js';
import type { Page } from '../support/page.js';
import { ProxyHarness } from '../support/proxy-harness.js';
import { sendRaw } from '../support/raw-client.js';

/** A handler that sends fields of its own connection, as a careless proxy does. */
@Controller('careless')
@UseInterceptors(CacheInterceptor)
class CarelessController {
  runs = 0;

  @Get('fields')
  fields(@Res() response: Response): void {
    response.set({
      Connection: 'X-Private, X-Other',
      'X-Private': 'for this connection',
      'X-Other': 'too',
      'Keep-Alive': 'timeout=77',
      'Proxy-Authenticate': 'Basic',
      'Proxy-Connection': 'keep-alive',
      'Proxy-Authentication-Info': 'nextnonce="1"',
      Upgrade: 'h2c',
      'X-Public': 'for all',
    });
    response.end('text');
  }

  @Get('upgrade')
  upgrade(@Res() response: Response): void {
    this.runs += 1;
    response.end(String(this.runs));
  }
}

let harness: ProxyHarness;

beforeAll(async () => {
  harness = await ProxyHarness.start({ metadata: { controllers: [CarelessController] } });
});
afterAll(() => harness.stop());

async function storedPage(mount?: string): Promise<Page> {
  const page = harness.page(mount).answers({
    headers: { 'Cache-Control': 'max-age=600', ETag: '"v1"', 'Content-Language': 'de' },
    body: 'stored',
  });
  await page.get();
  await harness.settled();
  return page;
}

describe('RFC 9110, 9.3.2 HEAD', () => {
  it('from a stored GET has its fields and length, and no body', async () => {
    const page = await storedPage();
    const full = await page.get();
    const head = await page.send({ method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, from: 'cache' });
    expect(head.bytes).toHaveLength(0);
    expect(head.headers).toMatchObject({
      'content-length': '6',
      'content-type': 'text/plain',
      'content-language': 'de',
      etag: '"v1"',
      date: full.headers.date,
    });
    expect(head.headers.age).toMatch(/^\d+$/);
    expect(head.cacheStatus?.hit).toBe(true);
  });

  it('has its own conditions', async () => {
    const page = await storedPage();
    const head = await page.send({ method: 'HEAD', headers: { 'If-None-Match': '"v1"' } });
    expect(head).toMatchObject({ status: 304, from: 'cache' });
  });

  it('on a cold page goes to the origin as HEAD and leaves nothing for a GET', async () => {
    const page = harness.page();
    const head = await page.send({ method: 'HEAD' });
    expect(head.asked.map(({ method }) => method)).toEqual(['HEAD']);
    await harness.settled();
    const full = await page.get();
    expect(full).toMatchObject({ status: 200, from: 'origin', body: `${page.path} #2` });
  });

  it('does not wait for a GET that is under way', async () => {
    const page = harness.page();
    const held = latch();
    page.script(({ method }) => ({
      headers: { 'Cache-Control': 'max-age=600' },
      after: method === 'GET' ? held.released : undefined,
    }));
    const full = page.get();
    expect((await page.send({ method: 'HEAD' })).status).toBe(200);
    held.release();
    expect((await full).status).toBe(200);
  });
});

describe('RFC 9110, 14 Range', () => {
  it('passes by a stored answer', async () => {
    const page = await storedPage();
    page.answers({
      status: 206,
      headers: { 'Cache-Control': 'max-age=600', 'Content-Range': 'bytes 0-1/6' },
      body: 'st',
    });
    const part = await page.get({ Range: 'bytes=0-1' });
    expect(part).toMatchObject({ status: 206, body: 'st', from: 'origin' });
    expect(part.asked[0]?.headers.range).toBe('bytes=0-1');
    expect(part.cacheStatus?.fwd).toBe('bypass');
    expect(await page.get()).toMatchObject({ status: 200, body: 'stored', from: 'cache' });
  });

  it('leaves nothing behind, even where the origin ignores it', async () => {
    const page = harness.page();
    expect((await page.get({ Range: 'bytes=0-1' })).status).toBe(200);
    await harness.settled();
    expect((await page.get()).from).toBe('origin');
  });
});

describe('RFC 9110, 7.6.1 Connection', () => {
  it('fields of one connection are never stored, nor those that Connection names', async () => {
    await sendRaw(`${harness.url}/careless/fields`);
    await harness.settled();
    const hit = await sendRaw(`${harness.url}/careless/fields`);
    expect(hit.cacheStatus?.hit).toBe(true);
    expect(hit.headers['x-public']).toBe('for all');
    for (const name of [
      'x-private',
      'x-other',
      'proxy-authenticate',
      'proxy-connection',
      'proxy-authentication-info',
      'upgrade',
    ])
      expect(hit.names).not.toContain(name);
    expect(hit.headers['keep-alive']).not.toBe('timeout=77');
    expect(hit.headers.connection).not.toMatch(/x-/i);
  });

  it('a request to upgrade passes by', async () => {
    const url = `${harness.url}/careless/upgrade`;
    const asks = { Connection: 'upgrade', Upgrade: 'h2c' };
    expect((await sendRaw(url)).body).toBe('1');
    await harness.settled();
    expect((await sendRaw(url)).body).toBe('1');
    const second = await sendRaw(url, { headers: asks });
    expect([second.body, second.cacheStatus?.fwd]).toEqual(['2', 'bypass']);
  });

  it('a hit has one length and is not sent in chunks', async () => {
    const page = await storedPage();
    const { names, headers } = await page.get();
    expect(names.filter((name) => name === 'content-length')).toHaveLength(1);
    expect(headers['transfer-encoding']).toBeUndefined();
  });

  it.each([204, 205])('a stored %i has no body', async (status) => {
    const page = harness.page().answers({ status, headers: { 'Cache-Control': 'max-age=600' } });
    await page.get();
    await harness.settled();
    const hit = await page.get();
    expect(hit).toMatchObject({ status, from: 'cache', body: '' });
    if (status === 204) expect(hit.names).not.toContain('content-length');
  });
});
