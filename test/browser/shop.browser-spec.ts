import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { RedisServer } from '../support/redis-server.js';
import { eventually } from '../support/eventually.js';
import { ShopProcess } from '../shop/shop-process.js';

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let redis: RedisServer;
let shop: ShopProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  redis = await RedisServer.start();
  shop = await startShop();
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
    args: QUIET,
  });
  page = await browser.newPage();
}, 60_000);

afterAll(async () => {
  await browser?.close();
  await shop?.stop();
  await redis?.stop();
});

function startShop(): Promise<ShopProcess> {
  return ShopProcess.start({
    REDIS_URL: redis.url,
    SESSION_SECRET: 'a secret for tests, longer than 32 characters',
  });
}

const open = (path: string): Promise<unknown> => page.goto(shop.url + path);
const text = (selector: string): Promise<string | null> => page.locator(selector).textContent();

it('takes a customer from the catalogue to the logout', async () => {
  // Browse twice: the second page comes from the cache, and says so.
  await open('/');
  await eventually(async () =>
    expect(await text('[data-served-text]')).toContain('From the database'),
  );
  await page.reload();
  await eventually(async () =>
    expect(await text('[data-served-text]')).toContain('Served from cache'),
  );

  // A guarded page asks for the login and then is there.
  await open('/profile');
  expect(new URL(page.url()).pathname).toBe('/login');
  await page.getByLabel('Email').fill('alice@example.com');
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Hello, Alice' }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/profile');

  // Search, open a product, put it into the cart.
  await page.getByLabel('Search products').fill('brass lantern');
  await page.getByRole('button', { name: 'Search' }).click();
  await page
    .getByRole('link', { name: /Brass Lantern/ })
    .filter({ hasNotText: 'Sold out' })
    .first()
    .click();
  await page.getByLabel('Quantity').fill('3');
  await page.getByRole('button', { name: 'Add to cart' }).click();
  await page.getByText('3 pieces').waitFor();

  // The application restarts, on another port, which a cookie does not mind; cart and login are still there.
  await shop.stop();
  shop = await startShop();
  await open('/cart');
  await page.getByText('3 pieces').waitFor();
  await open('/');
  await eventually(async () => expect(await text('[data-account]')).toBe('Alice'));
  await eventually(async () => expect(await text('[data-cart]')).toBe('3'));

  // After the logout the guarded page is refused, and the shared pages know nobody.
  await open('/profile');
  await page.getByRole('button', { name: 'Log out' }).click();
  await eventually(async () => expect(await text('[data-account]')).toBe('Log in'));
  await open('/profile');
  expect(new URL(page.url()).pathname).toBe('/login');
}, 90_000);

it('works without scripts', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const plain = await context.newPage();
  await plain.goto(`${shop.url}/?q=oak+stool`);
  await plain.locator('.card').filter({ hasNotText: 'Sold out' }).first().click();
  await plain.getByRole('button', { name: 'Add to cart' }).click();
  await plain.getByText('1 piece').waitFor();
  await plain.getByRole('link', { name: 'Account' }).click();
  await plain.getByLabel('Email').waitFor();
  await context.close();
}, 30_000);

async function logIn(url: string): Promise<Page> {
  const context = await browser.newContext();
  const opened = await context.newPage();
  await opened.goto(`${url}/login?returnTo=%2Fdevices`);
  await opened.getByLabel('Email').fill('bob@example.com');
  await opened.getByLabel('Password').fill('quiet orchard lantern');
  await opened.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await opened.getByRole('heading', { name: 'Your devices' }).waitFor();
  return opened;
}

it('logs a device out from another one, and both see it at once, on two processes', async () => {
  const second = await startShop();
  const [here, there] = [await logIn(shop.url), await logIn(second.url)];
  await here.getByText('Chrome on Linux logged in.').waitFor();

  // On a page for everybody the other device only hears of it.
  await there.goto(`${second.url}/`);
  await eventually(async () =>
    expect(await there.locator('[data-account]').textContent()).toBe('Bob'),
  );
  const heard = there.waitForResponse((response) => response.url().endsWith('/devices/events'));
  await there.reload();
  await heard;
  await here.reload();
  await here.getByRole('button', { name: /^Log out Chrome on Linux/ }).press('Enter');
  await here.getByText('The device is logged out.').waitFor();
  await there.getByText('You were logged out on another device.').waitFor();
  expect(await there.locator('[data-account]').textContent()).toBe('Log in');

  // It logs in again, and its page of devices leaves the screen when all others are logged out.
  await there.getByRole('link', { name: 'Log in again' }).click();
  await there.getByLabel('Email').fill('bob@example.com');
  await there.getByLabel('Password').fill('quiet orchard lantern');
  await there.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await eventually(() => expect(new URL(there.url()).pathname).toBe('/'));
  const opened = there.waitForResponse((response) => response.url().endsWith('/devices/events'));
  await there.goto(`${second.url}/devices`);
  await opened;
  await here.reload();
  await here.getByRole('button', { name: 'Log out all other devices' }).click();
  await there.waitForURL(/\/login\?notice=elsewhere/);
  await there.getByText('You were logged out on another device.').waitFor();
  await here.context().close();
  await there.context().close();
  await second.stop();
}, 120_000);

it('keeps what two tabs put into the cart at once', async () => {
  const context = await browser.newContext();
  const tabs = [await context.newPage(), await context.newPage()];
  for (const [index, tab] of tabs.entries()) {
    await tab.goto(`${shop.url}/?q=oak+stool`);
    await tab.locator('.card').filter({ hasNotText: 'Sold out' }).nth(index).click();
    // The session that both share has begun.
    await tab.locator('[data-views]').waitFor();
  }
  await Promise.all(
    tabs.map(async (tab) => {
      await tab.getByLabel('Quantity').fill('2');
      await tab.getByRole('button', { name: 'Add to cart' }).click();
    }),
  );
  await Promise.all(tabs.map((tab) => tab.waitForURL(/\/cart$/)));
  await tabs[0]!.reload();
  await tabs[0]!.getByText('4 pieces').waitFor();
  await context.close();
}, 60_000);
