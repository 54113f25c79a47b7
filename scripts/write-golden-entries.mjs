// Writes test/golden/*.bin, entries as they lie in Redis: one per codec, compression and encryption.
// Run it after `npm run build:lib` when a format version is new. Files that exist are never written
// again: an entry that once was written must stay readable.
import { Buffer } from 'node:buffer';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { Cipher } from '../libs/redis/dist/common/cipher.js';
import { customCodec } from '../libs/redis/dist/cache/codec/custom.codec.js';
import { jsonCodec } from '../libs/redis/dist/cache/codec/json.codec.js';
import { msgpackCodec } from '../libs/redis/dist/cache/codec/msgpack.codec.js';
import { Packing } from '../libs/redis/dist/cache/codec/packing.js';
import { encodeEntry } from '../libs/redis/dist/cache/entry-format.js';
import { storedResponseCodec } from '../libs/redis/dist/cache/http/stored-response.js';

const folder = new URL('../test/golden/', import.meta.url);

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
const variants = { kind: 'variants', vary: ['accept-language', 'origin'] };
const upperCase = customCodec({
  encode: (value) => Buffer.from(value.toUpperCase()),
  decode: (bytes) => bytes.toString().toLowerCase(),
});

const all = ['plain', 'gzip', 'brotli', 'encrypted', 'gzip-encrypted', 'brotli-encrypted'];
const golden = [
  { name: 'json', codec: jsonCodec, value: plain, packings: all },
  { name: 'json-tagged', codec: jsonCodec, value: special, packings: all },
  { name: 'bytes', codec: jsonCodec, value: Buffer.from(text), packings: all },
  { name: 'msgpack', codec: msgpackCodec(), value: plain, packings: all },
  { name: 'msgpack-tagged', codec: msgpackCodec(), value: special, packings: all },
  { name: 'custom', codec: upperCase, value: 'abc', packings: ['plain', 'encrypted'] },
  // `http` files are of the first form of stored answers, which is not written any more.
  {
    name: 'answer',
    codec: storedResponseCodec,
    value: answer,
    packings: ['plain', 'encrypted'],
  },
  {
    name: 'variants',
    codec: storedResponseCodec,
    value: variants,
    packings: ['plain', 'encrypted'],
  },
];

const frame = {
  createdAt: 1_700_000_000_000,
  freshUntil: 1_700_000_300_000.5,
  expiresAt: 1_700_000_600_000,
  generations: [
    { name: 'cache:default', value: 'g1' },
    { name: 'tag:producto:ñ', value: 'g2' },
  ],
};

mkdirSync(folder, { recursive: true });
for (const { name, codec, value, packings } of golden) {
  for (const packing of packings)
    write(`1-${name}-${packing}.bin`, { frame, codec, value, packing });
}
// Format 2 adds a sliding TTL to the clear part, and nothing else.
const sliding = { ...frame, slidingTtlMs: 300_000.5 };
for (const packing of ['plain', 'encrypted'])
  write(`2-json-${packing}.bin`, { frame: sliding, codec: jsonCodec, value: plain, packing });

function write(file, { frame: times, codec, value, packing }) {
  const target = new URL(file, folder);
  if (existsSync(target)) return;
  const place = { redisKey: 'cache:entry:default:{product:42}', packing: packingOf(packing) };
  writeFileSync(target, encodeEntry(times, codec.encode(value), place));
  console.log(`wrote ${file}`);
}

function packingOf(packing) {
  const algorithm = ['gzip', 'brotli'].find((name) => packing.includes(name));
  return new Packing({
    compression: algorithm ? { algorithm, minBytes: 1, level: 5 } : false,
    // A key for these files and nothing else.
    cipher: packing.includes('encrypted')
      ? new Cipher([{ id: 'golden', secret: '42'.repeat(32) }], 'keys')
      : undefined,
    maxBytes: 10_000,
  });
}
