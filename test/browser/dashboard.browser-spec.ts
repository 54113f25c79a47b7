import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { urlOf } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { violations } from './accessibility.js';
import { RedisServer } from '../support/redis-server.js';
import {
  cacheOf,
  fillApp,
  makeTraffic,
  startDashboardApp,
  Stock,
} from '../dashboard/dashboard-app.js';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
];
/** With `DASHBOARD_IMAGES=1` the pictures of the documentation are taken anew. */
const TAKES_IMAGES = process.env['DASHBOARD_IMAGES'] === '1';
const IMAGES = join(import.meta.dirname, '../../docs/images');
const PAGES = ['', 'caches', 'sessions', 'slow-log', 'write-behind', 'connections', 'warnings'];
const SESSION_USERS = [
  'Chrome/140.0 (Windows NT 10.0)',
  'Firefox/143.0 (X11; Linux)',
  'Safari/605 (iPhone)',
];

let redis: RedisServer;
let app: NestExpressApplication;
let url: string;
let browser: Browser;
let endTraffic: (() => Promise<void>) | undefined;
const contexts: BrowserContext[] = [];
/** What the browsers complained about: errors, and what the security policy refused. */
const complaints: string[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = await RedisServer.startStandalone();
  await redis.use(async (client) => {
    await client.config('SET', 'maxmemory', '24mb', 'maxmemory-policy', 'allkeys-lfu');
    await client.config('SET', 'slowlog-log-slower-than', '700');
  });
  app = await startDashboardApp(redis);
  url = await urlOf(app);
  await fillApp(app);
  const logins = SESSION_USERS.map((agent) =>
    fetch(`${url}/login?user=ada`, { method: 'POST', headers: { 'user-agent': agent } }),
  );
  await Promise.all(logins);
  endTraffic = makeTraffic(app);
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    args: QUIET,
  });
  // Pictures show a while of traffic.
  if (TAKES_IMAGES) await new Promise((resolve) => setTimeout(resolve, 60_000));
}, 240_000);

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

afterAll(async () => {
  await browser?.close();
  await endTraffic?.();
  await app?.close();
  await redis?.stop();
});

interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

/** An administrator's window. */
async function open(
  path: string,
  { colorScheme = 'light', width = 1280 }: Look = {},
): Promise<Page> {
  const context = await browser.newContext({
    colorScheme,
    reducedMotion: 'reduce',
    viewport: { width, height: width < 600 ? 844 : 900 },
    extraHTTPHeaders: { cookie: 'role=admin' },
    deviceScaleFactor: TAKES_IMAGES ? 1.5 : 1,
  });
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${url}/redis/${path}`);
  await loaded(page);
  return page;
}

async function loaded(page: Page): Promise<void> {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.locator('[aria-busy]').first().waitFor({ state: 'detached' });
  if ((await page.locator('.loading').count()) > 0)
    await page.locator('.loading').first().waitFor({ state: 'detached' });
}

async function picture(page: Page, name: string): Promise<void> {
  if (!TAKES_IMAGES) return;
  mkdirSync(IMAGES, { recursive: true });
  await page.screenshot({
    path: join(IMAGES, `dashboard-${name}.png`),
    fullPage: name === 'caches',
  });
}

const confirm = (page: Page, name: string): Promise<void> =>
  page.getByRole('dialog').getByRole('button', { name }).click();

describe('the overview', () => {
  it('draws live plots', async () => {
    const page = await open('');
    await eventually(async () => {
      const label = await page.getByRole('img', { name: /^Hit ratio/ }).getAttribute('aria-label');
      expect(label).toMatch(/Hits \d+(\.\d)? %/);
    });
    expect(await page.locator('canvas').count()).toBe(6);
    await expect(
      page.getByRole('img', { name: /^Latency/ }).getAttribute('aria-label'),
    ).resolves.toMatch(/p95 .* ms/);
    await page.getByText(/of 24 MiB/).waitFor();
    await picture(page, 'overview');
    const wide = page.getByRole('radio', { name: '5 min', exact: true });
    await wide.check({ force: true });
    expect(await wide.isChecked()).toBe(true);
  });

  it('moves on by itself until it is paused', async () => {
    const page = await open('');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    // From its next question on, the page goes by this clock.
    await page.clock.install();
    await eventually(async () => {
      await page.clock.runFor(500);
      expect(asked.length).toBeGreaterThan(2);
    });
    expect(
      asked.every((address) =>
        /\/redis\/api\/overview\?since=\d{13}&of=[\da-f-]{36}$/.test(address),
      ),
    ).toBe(true);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused', { exact: true }).waitFor();
    const before = asked.length;
    await page.clock.runFor(60_000);
    expect(asked.length).toBe(before);
    await page.getByRole('button', { name: 'Pause' }).click();
    await eventually(() => expect(asked.length).toBeGreaterThan(before));
  });

  it('is used by the keyboard alone', async () => {
    const page = await open('');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    for (let steps = 0; steps < 3; steps += 1) await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Caches');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Caches' }).waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    expect(new URL(page.url()).pathname).toBe('/redis/caches');
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });
});

describe('caches', () => {
  it('shows a cache, a key and, when asked, its value; removes and purges', async () => {
    const page = await open('caches');
    const row = page.getByRole('row', { name: /^products/ });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/≈?\s?\d,?\d{3}/);
    await page.getByRole('table', { name: 'Time to live in cache products' }).waitFor();

    await page.locator('select[name=cache]').selectOption('products');
    await page.getByLabel('Key', { exact: true }).fill('account');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('fresh', { exact: true }).waitFor();
    // Not the name alone: the hexadecimal of a handle may hold it.
    expect(await page.getByText('"name": "Ada"').count()).toBe(0);
    await picture(page, 'caches');
    await page.getByRole('button', { name: 'Show value' }).click();
    await page.getByText('"name": "Ada"').waitFor();
    expect(await page.getByText('(hidden)').count()).toBe(1);
    expect(await page.getByText('very-secret-token').count()).toBe(0);

    await page.getByRole('button', { name: 'Remove entry' }).click();
    await confirm(page, 'Cancel');
    expect(await cacheOf(app, 'products').has('account')).toBe(true);
    await page.getByRole('button', { name: 'Remove entry' }).click();
    await confirm(page, 'Remove');
    await page.getByText('There is no entry under this key.').waitFor();
    expect(await cacheOf(app, 'products').has('account')).toBe(false);

    await cacheOf(app, 'searches').set('tagged', 1, { tags: ['a few'] });
    await page.getByLabel('Tag').fill('a few');
    await page.getByRole('button', { name: 'Purge tag' }).click();
    await confirm(page, 'Purge');
    await page.getByText('The tag a few is purged.').waitFor();
    expect(await cacheOf(app, 'searches').has('tagged')).toBe(false);

    await page.getByRole('button', { name: 'default', exact: true }).click();
    await page.getByRole('button', { name: 'Clear this cache' }).click();
    await confirm(page, 'Clear the cache');
    await page.getByText('Cache default is cleared.').waitFor();
  });
});

describe('sessions', () => {
  it('finds a user, lists devices and ends them', async () => {
    const page = await open('sessions');
    await page.getByText('Users with sessions').waitFor();
    await page.getByLabel('User id').fill('ada');
    await page.getByRole('button', { name: 'Look up' }).click();
    await page.getByText('Safari on iPhone').waitFor();
    await picture(page, 'sessions');
    expect(await page.getByRole('button', { name: /^End the session/ }).count()).toBe(3);
    await page
      .getByRole('row', { name: /Firefox/ })
      .getByRole('button')
      .click();
    await confirm(page, 'End session');
    await page.getByText('2 sessions', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'End all sessions' }).click();
    await confirm(page, 'End all');
    await page.getByText('This user has no session.').waitFor();
  });
});

describe('the other pages', () => {
  it('list slow commands', async () => {
    await redis.use((client) =>
      client.call('DEBUG', 'SLEEP', '0.02').catch(() => client.keys('*')),
    );
    const page = await open('slow-log');
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('row').count()).toBeGreaterThan(1);
    await picture(page, 'slow-log');
  });

  it('retry and discard dead letters', async () => {
    const page = await open('write-behind');
    await page.getByRole('button', { name: 'Retry the change of bad-lamp' }).waitFor();
    await picture(page, 'write-behind');
    app.get(Stock).refuses = false;
    await page.getByRole('button', { name: 'Retry the change of bad-lamp' }).click();
    await page.getByText('It waits for the source again.').waitFor();
    await eventually(() => expect(app.get(Stock).rows.get('bad-lamp')).toBe(-3));
    await page.getByRole('button', { name: 'Discard the change of bad-chair' }).click();
    await confirm(page, 'Discard');
    await page.getByText('There is no dead letter.').waitFor();
  });

  it('show connections and warnings', async () => {
    const page = await open('connections');
    await page.getByText('closed').first().waitFor();
    await page.getByRole('cell', { name: 'allkeys-lfu' }).waitFor();
    await picture(page, 'connections');
    await page.getByRole('link', { name: 'Warnings' }).click();
    await page.getByRole('heading', { level: 1, name: 'Warnings' }).waitFor();
    await loaded(page);
    await page.getByText(/Cache searches answers \d+ % of/).waitFor();
    await page
      .getByText(/Raise ttl/)
      .first()
      .waitFor();
    await picture(page, 'warnings');
  });
});

it.each<Look>([{ colorScheme: 'light' }, { colorScheme: 'dark' }, { width: 390 }])(
  'nothing keeps people out: %j',
  async (look) => {
    const page = await open('', look);
    const found: string[] = [];
    for (const path of PAGES) {
      await page.goto(`${url}/redis/${path}`);
      await loaded(page);
      if (look.colorScheme === 'dark' && path === '') await picture(page, 'dark');
      if (look.width && path === '') await picture(page, 'phone-overview');
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      if (width > (look.width ?? 1280)) found.push(`${path} is ${width} wide`);
      found.push(...(await violations(page)).map((text) => `${path}: ${text}`));
    }
    expect(found).toEqual([]);
  },
  60_000,
);

it('says when the application is gone, and recovers', async () => {
  const page = await open('');
  await page.context().setOffline(true);
  await page.getByRole('alert').getByText('The application does not answer.').waitFor();
  await page.getByText('No answer', { exact: true }).waitFor();
  await page.context().setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
  expect(await page.getByRole('alert').textContent()).toBe('');
});

it('broke no rule of its own policy, and threw nothing', () => {
  expect(complaints.filter((text) => !text.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
});
