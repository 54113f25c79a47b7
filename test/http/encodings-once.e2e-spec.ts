import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';
import { EncodingNode, type EncodingNodeSettings } from './encoding-node.js';
import { send, type RawAnswer } from './raw-client.js';

const BR = { 'accept-encoding': 'br' };
const GZIP = { 'accept-encoding': 'gzip' };
const BOTH = { 'accept-encoding': 'br, gzip' };

/** Where an entry tells when it is fresh and when it ends (entry-format.ts). */
const LIFE_BYTES = [10, 26] as const;

/** Each test starts processes of its own. */
jest.setTimeout(60_000);

let redis: RedisServer;
let nodes: EncodingNode[];

beforeAll(async () => {
  redis = await RedisServer.start();
});
beforeEach(async () => {
  nodes = [];
  await redis.use((client) => client.flushall());
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
});
afterAll(async () => {
  await redis.stop();
});

async function start(settings: Omit<EncodingNodeSettings, 'url'> = {}): Promise<EncodingNode> {
  const node = await EncodingNode.start({ url: redis.url, ...settings });
  nodes.push(node);
  return node;
}

/** The stored answer of a path, and how long Redis keeps it. An answer goes out before it is stored. */
function stored(path: string): Promise<{ bytes: Buffer; leftMs: number }> {
  return eventually(() =>
    redis.use(async (client) => {
      for (const key of await client.keys(`*${path}*`)) {
        const bytes = (await client.type(key)) === 'string' ? await client.getBuffer(key) : null;
        if (bytes?.[0] === 0xc5) return { bytes, leftMs: await client.pttl(key) };
      }
      throw new Error(`Nothing is stored for ${path}.`);
    }),
  );
}

async function waitUntilKept(path: string, coding: string): Promise<void> {
  await eventually(async () => {
    expect((await stored(path)).bytes.includes(`["${coding}",`)).toBe(true);
  });
}

const many = (count: number, url: string, headers: Record<string, string>): Promise<RawAnswer[]> =>
  Promise.all(Array.from({ length: count }, () => send(url, headers)));

describe('a coding of a stored answer', () => {
  it('is made once per process for 100 clients at once', async () => {
    const node = await start();
    const plain = await send(`${node.url}/page`);
    const answers = await many(100, `${node.url}/page`, BR);
    for (const { body } of answers) expect(body.equals(plain.bytes)).toBe(true);
    await eventually(async () => {
      expect((await send(`${node.url}/page`, BR)).headers['content-encoding']).toBe('br');
    });
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
    await many(20, `${node.url}/page`, GZIP);
    expect(await node.compressions()).toEqual({ br: 1, gzip: 1 });
  });

  it('is made once for the clients of a cold page, and without a memory tier', async () => {
    const node = await start({ cache: { memory: false } });
    await many(50, `${node.url}/page`, BR);
    await send(`${node.url}/page`, BR);
    await waitUntilKept('page', 'br');
    expect((await send(`${node.url}/page`, BR)).headers['content-encoding']).toBe('br');
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
  });

  it('is taken over by other nodes from Redis', async () => {
    const [one, two] = [await start(), await start()];
    await send(`${one.url}/page`);
    const made = await send(`${one.url}/page`, { ...BR, 'accept-encoding': 'br, identity;q=0' });
    await waitUntilKept('page', 'br');
    const taken = await send(`${two.url}/page`, { ...BR, host: new URL(one.url).host });
    expect(taken.headers['content-encoding']).toBe('br');
    expect(taken.bytes.equals(made.bytes)).toBe(true);
    expect(taken.headers.etag).toBe(made.headers.etag);
    expect(await two.compressions()).toEqual({ br: 0, gzip: 0 });
  });

  it('is made at most once per node by two that begin together; both keep the winner', async () => {
    const [one, two] = [await start({ holds: true }), await start({ holds: true })];
    const host = { host: 'shop.test' };
    for (const { url } of [one, two]) await send(`${url}/page`, host);
    const answers = [one, two].flatMap(({ url }) => [
      many(20, `${url}/page`, { ...BR, ...host }),
      many(20, `${url}/page`, { ...GZIP, ...host }),
    ]);
    await eventually(async () => {
      for (const node of [one, two]) expect(await node.compressions()).toEqual({ br: 1, gzip: 1 });
    });
    await Promise.all([one.release(), two.release()]);
    await Promise.all(answers);
    await Promise.all([waitUntilKept('page', 'br'), waitUntilKept('page', 'gzip')]);
    for (const coding of ['br', 'gzip']) {
      const headers = { ...host, 'accept-encoding': coding };
      const [a, b] = [
        await send(`${one.url}/page`, headers),
        await send(`${two.url}/page`, headers),
      ];
      expect([a.headers['content-encoding'], b.headers['content-encoding']]).toEqual([
        coding,
        coding,
      ]);
      expect(a.bytes.equals(b.bytes)).toBe(true);
    }
    for (const node of [one, two]) expect(await node.compressions()).toEqual({ br: 1, gzip: 1 });
  });

  it('leaves the life of the answer as it is', async () => {
    const node = await start();
    await send(`${node.url}/page`);
    const before = await stored('page');
    await send(`${node.url}/page`, BOTH);
    await waitUntilKept('page', 'br');
    const after = await stored('page');
    expect(after.bytes.subarray(...LIFE_BYTES)).toEqual(before.bytes.subarray(...LIFE_BYTES));
    expect(after.leftMs).toBeLessThanOrEqual(before.leftMs);
    expect(after.bytes.length).toBeGreaterThan(before.bytes.length);
  });
});

describe('an answer with a coding', () => {
  it('keeps it when its handler makes the same bytes again', async () => {
    const node = await start();
    await send(`${node.url}/same`);
    await send(`${node.url}/same`, BR);
    await waitUntilKept('same', 'br');
    const before = await stored('same');
    const again = await send(`${node.url}/same`, { 'cache-control': 'no-cache' });
    expect(again.headers['cache-status']).toContain('fwd=request; stored');
    await eventually(async () => {
      const { bytes } = await stored('same');
      expect(bytes.readDoubleBE(2)).toBeGreaterThan(before.bytes.readDoubleBE(2));
    });
    expect((await send(`${node.url}/same`, BR)).headers['content-encoding']).toBe('br');
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
  });
});

describe('while a coding is made', () => {
  it('clients get the bytes as they are after a short wait, and the coding once it is there', async () => {
    const node = await start({ holds: true });
    const plain = await send(`${node.url}/page`);
    expect([plain.headers['x-cache'], plain.headers.vary]).toEqual(['MISS', 'Accept-Encoding']);
    const early = await send(`${node.url}/page`, BR);
    expect(early.headers['content-encoding']).toBeUndefined();
    expect(early.headers.etag).toBe(plain.headers.etag);
    expect(early.headers.vary).toBe('Accept-Encoding');
    // Confirmed by what it has, for as long as there is nothing better.
    const same = await send(`${node.url}/page`, { ...BR, 'if-none-match': plain.headers.etag! });
    expect(same.status).toBe(304);
    await node.release();
    await eventually(async () => {
      expect((await send(`${node.url}/page`, BR)).headers['content-encoding']).toBe('br');
    });
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
  });

  it('a client that refuses the bytes as they are waits for it', async () => {
    const node = await start({ holds: true });
    await send(`${node.url}/page`);
    const waiting = send(`${node.url}/page`, { 'accept-encoding': 'gzip, identity;q=0' });
    // Those who accept the bytes have them by now.
    expect((await send(`${node.url}/page`, GZIP)).headers['content-encoding']).toBeUndefined();
    await node.release();
    expect((await waiting).headers['content-encoding']).toBe('gzip');
  });

  it('two are made at a time at most; who comes later gets the bytes and asks again', async () => {
    const node = await start({ holds: true });
    await Promise.all([send(`${node.url}/page`), send(`${node.url}/same`)]);
    await Promise.all([send(`${node.url}/page`, BR), send(`${node.url}/page`, GZIP)]);
    const later = await send(`${node.url}/same`, BR);
    expect(later.headers['content-encoding']).toBeUndefined();
    expect(await node.compressions()).toEqual({ br: 1, gzip: 1 });
    await node.release();
    await eventually(async () => {
      expect((await send(`${node.url}/same`, BR)).headers['content-encoding']).toBe('br');
    });
    expect(await node.compressions()).toEqual({ br: 2, gzip: 1 });
  });

  it('an invalidation wins: neither memory nor Redis gets the old bytes', async () => {
    const [one, two] = [await start({ holds: true }), await start()];
    const host = { host: 'shop.test' };
    const first = JSON.parse((await send(`${one.url}/page`, host)).body.toString()) as object;
    const early = send(`${one.url}/page`, { ...BR, ...host });
    await eventually(async () => expect((await one.compressions()).br).toBe(1));
    await send(`${two.url}/change`, host, 'POST');
    // The answer after the invalidation, under the same key, while the old one is still being compressed.
    const next = await eventually(async () => {
      const answer = await send(`${one.url}/page`, host);
      expect(JSON.parse(answer.body.toString())).not.toEqual(first);
      return answer;
    });
    // No answer waits until it is stored.
    await eventually(async () =>
      expect((await stored('page')).bytes.includes(next.bytes)).toBe(true),
    );
    await one.release();
    await early;
    for (const node of [one, two, one]) {
      const answer = await eventually(async () => {
        const found = await send(`${node.url}/page`, { ...BR, ...host });
        expect(found.headers['content-encoding']).toBe('br');
        return found;
      });
      expect(answer.body.equals(next.bytes)).toBe(true);
    }
  });

  it('an answer that was only invalidated stays as it was in Redis', async () => {
    const node = await start({ holds: true });
    await send(`${node.url}/page`);
    const before = await stored('page');
    await send(`${node.url}/page`, BR);
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
    await send(`${node.url}/change`, {}, 'POST');
    await node.release();
    // What comes after it on the same connection has been done, so the attempt is over.
    await send(`${node.url}/same`);
    await send(`${node.url}/same`, { 'accept-encoding': 'br, identity;q=0' });
    await waitUntilKept('same', 'br');
    expect((await stored('page')).bytes.equals(before.bytes)).toBe(true);
  });
});

describe('a coding that comes to nothing', () => {
  it('is not tried again for a while when it failed; the bytes go out as they are', async () => {
    const node = await start({ fails: true });
    const plain = await send(`${node.url}/page`);
    const answers = await many(10, `${node.url}/page`, { 'accept-encoding': 'br, identity;q=0' });
    for (const { status, headers, bytes } of answers) {
      expect([status, headers['content-encoding']]).toEqual([200, undefined]);
      expect(bytes.equals(plain.bytes)).toBe(true);
    }
    expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
    expect(await node.errors()).toEqual(['encode: out of memory']);
  });

  it('is not kept, nor tried again, where the entry would be above maxEntryBytes', async () => {
    const node = await start();
    await send(`${node.url}/page`);
    const { bytes } = await stored('page');
    // Room for the mark that a coding is no use, and not for the coding (entry-format.ts tells the length).
    const tight = await start({ cache: { maxEntryBytes: bytes.readUInt32BE(28) + 25 } });
    const host = { host: 'tight.test' };
    await send(`${tight.url}/page`, host);
    const answers = await many(5, `${tight.url}/page`, { ...BR, ...host });
    for (const { headers } of answers) expect(headers['content-encoding']).toBeUndefined();
    expect((await send(`${tight.url}/page`, { ...BR, ...host })).headers['x-cache']).toBe('HIT');
    expect(await tight.compressions()).toEqual({ br: 1, gzip: 0 });
  });

  it('does not go to Redis while that is frozen, and serves from memory', async () => {
    const node = await start({ cache: { deadline: '250ms' } });
    const plain = await send(`${node.url}/page`);
    redis.freeze();
    try {
      const coded = await send(`${node.url}/page`, { 'accept-encoding': 'br, identity;q=0' });
      expect(coded.headers['content-encoding']).toBe('br');
      expect(coded.body.equals(plain.bytes)).toBe(true);
      await many(10, `${node.url}/page`, BR);
      expect(await node.compressions()).toEqual({ br: 1, gzip: 0 });
    } finally {
      redis.thaw();
    }
  });
});
