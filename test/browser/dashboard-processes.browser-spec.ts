import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { chromium, type Browser } from 'playwright-core';
import { RedisDashboardModule } from 'nestjs-redis-kit/dashboard';
import { startApp, urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

let redis: RedisServer;
let app: NestExpressApplication;
let balancer: Server;
let browser: Browser;
/** While true, questions for the overview go to another process in turn. */
let isBalancing = false;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisServer.startStandalone();
  app = await startApp(
    { connection: redis.url, cache: { deadline: '10s' } },
    { imports: [RedisDashboardModule.forRoot({ public: true, sampleEvery: '200ms' })] },
  );
  balancer = balance(Number(new URL(await urlOf(app)).port));
  balancer.listen(0, '127.0.0.1');
  await once(balancer, 'listening');
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  balancer?.close();
  await app?.close();
  await redis?.stop();
});

/** Stands before the application, and plays a second process of another name with the same points. */
function balance(port: number): Server {
  let asked = 0;
  return createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const forward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      const isOverview = path?.startsWith('/redis/api/overview') === true;
      asked += isOverview ? 1 : 0;
      if (!isOverview || !isBalancing || asked % 2 === 0) {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
        return;
      }
      let text = '';
      answer.on('data', (chunk) => (text += String(chunk)));
      answer.on('end', () => {
        const { process: own, ...rest } = JSON.parse(text) as { process: object };
        const other = { ...own, id: 'another', host: 'another-host' };
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(JSON.stringify({ ...rest, process: other }));
      });
    });
    incoming.pipe(forward);
  });
}

it('names the process that plots are of, and says when several answer', async () => {
  const page = await (await browser.newContext()).newPage();
  const { port } = balancer.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/redis/`);
  const name = page.locator('#process');
  await eventually(async () => {
    expect(await name.textContent()).toContain(`one process: ${process.pid} on `);
  });
  expect(await page.locator('#hints').textContent()).toBe('');
  isBalancing = true;
  await eventually(async () => {
    expect(await page.locator('#hints').textContent()).toContain('Several processes answer');
    expect(await name.textContent()).toContain('another-host');
  });
  // Each answer is whole: no plot begins anew.
  await eventually(async () => {
    expect(await name.textContent()).not.toContain('another-host');
    expect(await page.locator('.plot-card canvas').count()).toBeGreaterThan(0);
  });
  // A new page begins without the hint being lost.
  await page.getByRole('link', { name: 'Connections' }).click();
  await eventually(async () => {
    expect(await page.locator('#hints').textContent()).toContain('Several processes answer');
  });
});
