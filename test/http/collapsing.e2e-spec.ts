import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { latch, type Latch } from '../support/latch.js';
import { RedisServer } from '../support/redis-server.js';
import { HttpNode, RudeClient } from './support/http-node.js';
import { Origin, type Answer } from './support/origin.js';
import type { Page, Visit } from './support/page.js';

// Two nodes start as processes of their own, on a machine that may be busy.
jest.setTimeout(30_000);

const FRESH = { 'Cache-Control': 'max-age=600', ETag: '"v1"' };
const EACH = 8;

describe.each([
  ['one process', 1],
  ['two processes', 2],
])('many requests for one cold URL, on %s', (_, count) => {
  let redis: RedisServer;
  let origin: Origin;
  let nodes: readonly HttpNode[];
  let pages = 0;

  beforeAll(async () => {
    redis = await RedisServer.start();
    origin = await Origin.start(Date.now);
    const settings = { redis: redis.url, origin: origin.url };
    nodes = await Promise.all(Array.from({ length: count }, () => HttpNode.start(settings)));
  });
  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await origin.stop();
    await redis.stop();
  });

  /** One path on each node. */
  function coldPage(mount = 'stream'): readonly Page[] {
    pages += 1;
    return nodes.map((node) => node.page(`/${mount}/page-${pages}`, origin));
  }

  const first = (page: readonly Page[]): Page => page[0]!;
  const last = (page: readonly Page[]): Page => page.at(-1)!;

  /** The leader is at the origin, and this many others have come to each node. */
  async function waiting(page: readonly Page[], others: number): Promise<void> {
    await eventually(() => expect(first(page).requests).toHaveLength(1));
    await eventually(async () => {
      const inFlight = await Promise.all(nodes.map((node) => node.inFlight()));
      const all = inFlight.reduce((sum, one) => sum + one, 0);
      expect(all).toBeGreaterThanOrEqual(others);
    });
    // Whatever has come has been looked at once a later request was answered.
    for (const later of coldPage()) await later.get();
  }

  /** Asks on all nodes at the same time. */
  function followers(page: readonly Page[]): Promise<Visit[]> {
    return Promise.all(page.flatMap((one) => Array.from({ length: EACH }, () => one.get())));
  }

  async function held(mount: string, answer: Answer): Promise<[readonly Page[], Latch]> {
    const page = coldPage(mount);
    const gate = latch();
    first(page).script(() => ({ ...answer, after: gate.released }));
    return [page, gate];
  }

  it.each(['stream', 'whole'])('run the handler once (%s)', async (mount) => {
    const [page, gate] = await held(mount, { headers: FRESH });
    const leader = first(page).get();
    await eventually(() => expect(first(page).requests).toHaveLength(1));
    const rest = followers(page);
    await waiting(page, count * EACH + 1);
    gate.release();
    const visits = [await leader, ...(await rest)];
    expect(new Set(visits.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(first(page).requests).toHaveLength(1);
    expect((await leader).cacheStatus).toMatchObject({ fwd: 'uri-miss', stored: true });
    for (const { cacheStatus } of await rest)
      expect(cacheStatus?.collapsed ?? cacheStatus?.hit).toBe(true);
  });

  it('get the answer each under its own conditions', async () => {
    const [page, gate] = await held('stream', { headers: FRESH, body: 'text' });
    const leader = first(page).get({ 'If-None-Match': '"v1"' });
    await eventually(() => expect(first(page).requests).toHaveLength(1));
    const rest = page.flatMap((one) => [
      one.get({ 'If-None-Match': '"v1"' }),
      one.get({ 'If-None-Match': '"v0"' }),
      one.get(),
    ]);
    await waiting(page, rest.length + 1);
    gate.release();
    const statuses = (await Promise.all(rest)).map(({ status }) => status);
    expect(statuses).toEqual(nodes.flatMap(() => [304, 200, 200]));
    expect([(await leader).status, (await leader).body]).toEqual([304, '']);
    expect(first(page).requests).toHaveLength(1);
  });

  it.each([
    ['private', { 'Cache-Control': 'private, max-age=600' }],
    ['no-store', { 'Cache-Control': 'no-store' }],
    ['a cookie', { 'Cache-Control': 'max-age=600', 'Set-Cookie': 'a=1' }],
  ])(
    'go to the handler side by side where the answer is not for sharing: %s',
    async (__, headers) => {
      const page = coldPage();
      // Another node has to see for itself, by one request of its own.
      const waves = [1, EACH + count - 1, (EACH - 1) * (count - 1)];
      const gates = waves.map(() => latch());
      first(page).script((___, nth) => {
        const wave = nth <= 1 ? 0 : nth <= 1 + waves[1]! ? 1 : 2;
        return { headers, after: gates[wave]!.released };
      });
      const leader = first(page).get();
      await eventually(() => expect(first(page).requests).toHaveLength(1));
      const rest = followers(page);
      await waiting(page, count * EACH + 1);
      let asked = 0;
      for (const [wave, size] of waves.entries()) {
        asked += size;
        // None of a wave is answered before all of it have asked.
        await eventually(() => expect(first(page).requests).toHaveLength(asked));
        gates[wave]!.release();
      }
      const visits = [await leader, ...(await rest)];
      expect(new Set(visits.map(({ body }) => body)).size).toBe(visits.length);
    },
  );

  it('do not wait for each other where the answer before was not for sharing', async () => {
    const page = coldPage();
    first(page).answers({ headers: { 'Cache-Control': 'private' } });
    for (const one of page) await one.get();
    const gate = latch();
    first(page).answers({ headers: { 'Cache-Control': 'private' }, after: gate.released });
    const all = followers(page);
    await eventually(() => expect(first(page).requests).toHaveLength(count + count * EACH));
    gate.release();
    expect(new Set((await all).map(({ body }) => body)).size).toBe(count * EACH);
  });

  it('wait for each other again once it is', async () => {
    const page = coldPage();
    first(page).answers({ headers: { 'Cache-Control': 'private' } }, { headers: FRESH });
    for (const one of page) await one.get();
    for (const one of page) await one.get();
    await eventually(async () => expect((await last(page).get()).from).toBe('cache'));
  });

  it('get the answer although the client that led has gone before its head', async () => {
    const [page, gate] = await held('whole', { headers: FRESH, body: 'text' });
    const leader = new RudeClient(first(page).url);
    await eventually(() => expect(first(page).requests).toHaveLength(1));
    const rest = followers(page);
    await waiting(page, count * EACH + 1);
    leader.leave();
    await eventually(async () => {
      const inFlight = await Promise.all(nodes.map((node) => node.inFlight()));
      expect(inFlight.reduce((sum, one) => sum + one, 0)).toBe(count * EACH);
    });
    gate.release();
    for (const visit of await rest) expect(visit).toMatchObject({ status: 200, body: 'text' });
    expect(first(page).requests).toHaveLength(1);
  });

  it('get a whole answer by a new leader when the first one has gone in the middle of it', async () => {
    const page = coldPage();
    const never = latch();
    first(page).script((__, nth) => ({
      headers: FRESH,
      body: `answer ${nth} `.repeat(1000),
      restAfter: nth === 1 ? never.released : undefined,
    }));
    const leader = new RudeClient(first(page).url);
    await leader.firstBytes();
    const rest = followers(page);
    await waiting(page, count * EACH + 1);
    leader.leave();
    for (const visit of await rest)
      expect([visit.status, visit.body]).toEqual([200, 'answer 2 '.repeat(1000)]);
    expect(first(page).requests).toHaveLength(2);
    expect((await last(page).get()).body).toBe('answer 2 '.repeat(1000));
    never.release();
  });

  it('do not wait for a leader that reads slowly', async () => {
    const page = coldPage();
    const body = Buffer.alloc(6 * 1024 * 1024, 'x');
    first(page).answers({ headers: FRESH, body });
    const leader = new RudeClient(first(page).url);
    // Takes the head and leaves the body where it is.
    await leader.head;
    for (const one of page) {
      const visit = await one.get();
      expect([visit.status, visit.bytes.length]).toEqual([200, body.length]);
    }
    expect(first(page).requests).toHaveLength(1);
    leader.leave();
  });

  it('never see what was loaded before a tag was invalidated', async () => {
    const page = coldPage('tagged');
    await superseded(page, () => nodes.at(-1)!.invalidate(first(page).path.split('/').at(-1)!));
  });

  it.each(['stream', 'whole'])('never see what was loaded before a PUT (%s)', async (mount) => {
    const page = coldPage(mount);
    await superseded(page, async () => {
      expect((await last(page).send({ method: 'PUT', body: 'new' })).status).toBe(200);
    });
  });

  /** The origin has been read before the change; its answer arrives after it. */
  async function superseded(page: readonly Page[], change: () => Promise<void>): Promise<void> {
    const gate = latch();
    let isChanged = false;
    first(page).script(({ method }, nth) => {
      if (method !== 'GET') return { headers: { 'Cache-Control': 'no-store' } };
      const body = isChanged ? 'new' : 'old';
      return {
        headers: { 'Cache-Control': 'max-age=600' },
        body,
        ...(nth === 1 && { after: gate.released }),
      };
    });
    const leader = first(page).get();
    await eventually(() => expect(first(page).requests).toHaveLength(1));
    isChanged = true;
    await change();
    // On the node of the change at once, on the other one when it has heard of it.
    expect((await last(page).get()).body).toBe('new');
    expect((await first(page).get()).body).toBe('new');
    gate.release();
    expect((await leader).body).toBe('old');
    for (let round = 0; round < 5; round += 1)
      for (const one of page) expect((await one.get()).body).toBe('new');
  }
});
