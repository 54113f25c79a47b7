import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Cipher } from '../../common/cipher.js';
import { decodeEntry, encodeEntry } from '../entry-format.js';
import { storedResponseCodec } from '../http/stored-response.js';
import type { Codec } from './codec.js';
import { customCodec } from './custom.codec.js';
import { jsonCodec } from './json.codec.js';
import { msgpackCodec } from './msgpack.codec.js';
import { Packing } from './packing.js';

/** Written by scripts/write-golden-entries.mjs. */
const FOLDER = join(import.meta.dirname, '../../../../../test/golden');
const files = readdirSync(FOLDER);

const REDIS_KEY = 'cache:entry:default:{product:42}';
const cipher = new Cipher([{ id: 'golden', secret: '42'.repeat(32) }], 'keys');
const text = 'red '.repeat(20);
const plain = { id: 42, name: 'Lamp', text, price: 12.5, tags: ['a', 'ü'], parent: null };
const special = {
  text,
  at: new Date(1_700_000_000_000),
  bytes: Buffer.from([0, 1, 254, 255]),
  floats: new Float32Array([0.5, -1]),
  map: new Map([['a', { n: 1 }]]),
  set: new Set([1, 'two']),
  none: Number.NaN,
  looksLikeATag: { $: 'date', v: 0 },
};
const upperCase = customCodec({
  encode: (value) => Buffer.from((value as string).toUpperCase()),
  decode: (bytes) => bytes.toString().toLowerCase(),
});
const frame = {
  createdAt: 1_700_000_000_000,
  freshUntil: 1_700_000_300_000.5,
  expiresAt: 1_700_000_600_000,
  generations: [
    { name: 'cache:default', value: 'g1' },
    { name: 'tag:producto:ñ', value: 'g2' },
  ],
};

const answer = {
  kind: 'answer',
  status: 200,
  headers: [
    ['content-type', 'text/plain'],
    ['link', ['</a>', '</b>']],
  ],
  meta: {
    lifetimeMs: 300_000,
    initialAgeMs: 0,
    mustRevalidate: false,
    noCache: false,
    staleWhileRevalidateMs: 1000,
    staleIfErrorMs: 0,
    vary: ['accept-language'],
  },
  downstream: 'public, max-age=300',
  body: Buffer.from(text),
  encoded: { gzip: Buffer.from('zipped') },
};

/** By format version. */
const FRAMES: Record<string, typeof frame & { slidingTtlMs?: number }> = {
  1: frame,
  2: { ...frame, slidingTtlMs: 300_000.5 },
};

/** What is written in another way today has no size to compare. */
const VALUES: Record<string, { codec: Codec<unknown>; value: unknown; bytes?: number }> = {
  json: { codec: jsonCodec, value: plain },
  'json-tagged': { codec: jsonCodec, value: special },
  bytes: { codec: jsonCodec, value: Buffer.from(text) },
  msgpack: { codec: msgpackCodec(), value: plain },
  'msgpack-tagged': { codec: msgpackCodec(), value: special },
  custom: { codec: upperCase, value: 'abc' },
  answer: { codec: storedResponseCodec, value: answer },
  variants: {
    codec: storedResponseCodec,
    value: { kind: 'variants', vary: ['accept-language', 'origin'] },
  },
  http: {
    codec: storedResponseCodec,
    value: {
      ...answer,
      meta: {
        lifetimeMs: 0,
        initialAgeMs: 0,
        mustRevalidate: false,
        noCache: false,
        staleWhileRevalidateMs: 0,
        staleIfErrorMs: 0,
        vary: [],
      },
      downstream: undefined,
      encoded: {},
    },
    bytes: 165,
  },
};

const name =
  /^(?<version>\d)-(?<kind>.+?)-(?<packing>plain|((gzip|brotli)-)?encrypted|gzip|brotli)\.bin$/;
const entries = files.map((file) => {
  const { version, kind, packing } = name.exec(file)!.groups as Record<string, string>;
  const { codec, value, bytes: size } = VALUES[kind!]!;
  const bytes = readFileSync(join(FOLDER, file));
  return { file, bytes, packing: packing!, times: FRAMES[version!]!, codec, value, size };
});

const packingFor = (packing: string): Packing =>
  new Packing({
    compression: false,
    cipher: packing.includes('encrypted') ? cipher : undefined,
    maxBytes: 10_000,
  });

describe('entries of former and present formats', () => {
  it('are all there', () => {
    expect(files.filter((file) => file.startsWith('2-'))).toHaveLength(2);
    expect(files.filter((file) => file.startsWith('1-'))).toHaveLength(38);
  });

  it.each(entries)('stay readable: $file', ({ bytes, codec, value, packing, times, size }) => {
    const place = { redisKey: REDIS_KEY, packing: packingFor(packing) };
    expect(decodeEntry(bytes, codec, place)).toStrictEqual({
      ...times,
      value,
      bytes: size ?? codec.encode(value).length,
    });
  });

  it.each(entries.filter(({ packing, size }) => packing === 'plain' && size === undefined))(
    'are still written the same way: $file',
    ({ bytes, codec, value, times }) => {
      const place = { redisKey: REDIS_KEY, packing: packingFor('plain') };
      expect(encodeEntry(times, codec.encode(value), place)).toEqual(bytes);
    },
  );

  it.each(entries.filter(({ packing }) => packing.includes('encrypted')))(
    'show nothing of the value: $file',
    ({ bytes, codec }) => {
      expect(bytes.includes('red red')).toBe(false);
      expect(decodeEntry(bytes, codec, { redisKey: REDIS_KEY })).toBeUndefined();
    },
  );
});
