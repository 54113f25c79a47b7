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
