import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { customCodec } from './custom.codec.js';
import { FORMAT, type Codec } from './codec.js';
import { jsonCodec } from './json.codec.js';
import { msgpackCodec } from './msgpack.codec.js';

const codecs: [string, Codec<unknown>][] = [
  ['json', jsonCodec],
  ['msgpack', msgpackCodec()],
];

const roundTrip = (codec: Codec<unknown>, value: unknown): unknown =>
  codec.own!(codec.decode(codec.encode(value)));

/** Keys that could be taken for something else. */
const key = fc.oneof(fc.constantFrom('$', 'v', '__proto__', 'constructor', 'toJSON2'), fc.string());
const leaf = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('$', 'date', 'buffer', 'object'),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  fc.float32Array(),
  fc.bigInt64Array(),
);
const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('inner')),
  inner: fc.oneof(
    fc.array(tie('value')),
    fc.dictionary(key, tie('value'), { noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((pairs) => new Map(pairs)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}));

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

class Money {
  constructor(
    readonly amount: number,
    readonly at: Date,
  ) {}
  toJSON(): unknown {
    return { amount: this.amount, at: this.at };
  }
}

class Point {
  constructor(
    readonly x: number,
    readonly when?: Date,
  ) {}
  length(): number {
    return this.x;
  }
}

describe.each(codecs)('%s codec', (_name, codec) => {
  it('gives back any value of JSON, Buffers, typed arrays, Dates, Maps and Sets', () => {
    fc.assert(
      // Jest would compare `constructor`, which is a key of some of the values.
      fc.property(anything, (value) => isDeepStrictEqual(roundTrip(codec, value), value)),
      { numRuns: 1000 },
    );
  });

  it('gives back an invalid Date', () => {
    const [back] = roundTrip(codec, [new Date(Number.NaN)]) as [Date];
    expect(back).toBeInstanceOf(Date);
    expect(back.getTime()).toBeNaN();
  });

  it('gives back any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(JSON.stringify(roundTrip(codec, value))).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([[null], [false], [0], [''], [Number.NaN], [Infinity], [-Infinity]])(
    'keeps %p, alone and inside',
    (value) => {
      expect(roundTrip(codec, value)).toBe(value);
      expect(roundTrip(codec, { deep: [value] })).toStrictEqual({ deep: [value] });
    },
  );

  it.each([
    ['a tag', { $: 'date', v: 0 }],
    ['a tag beside a Date', { looks: { $: 'date', v: 0 }, is: new Date(0) }],
    ['an escaped tag', { looks: { $: 'object', v: ['$', 'date'] }, is: new Date(0) }],
    ['a Buffer as JSON shows it', { looks: { type: 'Buffer', data: [1] }, is: Buffer.of(1) }],
    ['a date in text', ['2026-01-01T00:00:00.000Z', new Date(0)]],
  ])('does not misread data that looks like %s', (_what, value) => {
    expect(roundTrip(codec, value)).toStrictEqual(value);
  });

  it('keeps a key `__proto__` without touching any prototype', () => {
    const hostile: unknown = JSON.parse('{"a":{"__proto__":{"polluted":true}}}');
    for (const value of [hostile, [hostile, new Date(0)]]) {
      const back = roundTrip(codec, value);
      expect(JSON.stringify(back)).toBe(JSON.stringify(value));
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    }
    const { a } = roundTrip(codec, hostile) as { a: { polluted?: boolean } };
    expect(a.polluted).toBeUndefined();
  });

  it('takes class instances as JSON does', () => {
    const at = new Date(0);
    expect(roundTrip(codec, [new Money(5, at), new Point(1), new Point(2, at)])).toStrictEqual([
      { amount: 5, at },
      expect.objectContaining({ x: 1 }),
      { x: 2, when: at },
    ]);
    expect(roundTrip(codec, { url: new URL('http://a/b') })).toEqual({ url: 'http://a/b' });
    expect(roundTrip(codec, [new String('a'), new Number(1)])).toEqual(['a', 1]);
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, '`value` is undefined'],
    ['a function', { a: [{ run: () => 1 }] }, '`value.a[0].run` is a function'],
    ['a symbol', [Symbol('s')], '`value[0]` is a symbol'],
    ['a BigInt', { price: 1n }, '`value.price` is a bigint'],
    ['a promise', { later: Promise.resolve(1) }, '`value.later` is a Promise'],
    ['an error', { cause: new Error('x') }, '`value.cause` is a Error'],
    ['a regular expression', [/x/], '`value[0]` is a RegExp'],
    ['a deep value', nested(501), 'is nested more than 500 levels deep'],
  ])('refuses %s and names its place', (_what, value, message) => {
    expect(() => codec.encode(value)).toThrow(
      expect.objectContaining({
        code: 'CACHE_VALUE_UNSUPPORTED',
        message: expect.stringContaining(message),
      }),
    );
  });

  it('refuses a cycle and names its place', () => {
    const order: { lines: { order?: unknown }[] } = { lines: [{}] };
    order.lines[0]!.order = order;
    expect(() => codec.encode(order)).toThrow('`value.lines[0].order` contains itself');
  });

  it('refuses a value whose getter throws and keeps the cause', () => {
    const cause = new Error('not loaded');
    const value = {
      user: {
        get name(): string {
          throw cause;
        },
      },
    };
    expect(() => codec.encode(value)).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_UNSUPPORTED', cause }),
    );
  });

  it('takes the same object twice where it is no cycle, and a value 500 levels deep', () => {
    const shared = { at: new Date(0) };
    expect(roundTrip(codec, [shared, shared])).toStrictEqual([shared, shared]);
    expect(JSON.stringify(roundTrip(codec, nested(500)))).toBe(JSON.stringify(nested(500)));
  });

  it('freezes objects and arrays all the way down', () => {
    for (const extra of [1, new Date(0), { $: 1 }, Buffer.of(1)]) {
      const value = roundTrip(codec, { list: [{ deep: 1 }], extra }) as { list: [object] };
      for (const part of [value, value.list, value.list[0]])
        expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('gives each caller its own copy of what cannot be frozen, and shares the rest', () => {
    const held = codec.decode(
      codec.encode({
        at: new Date(5),
        bytes: Buffer.of(1),
        map: new Map([['a', [new Set([1])]]]),
        plain: { a: 1 },
      }),
    ) as { at: Date; bytes: Buffer; map: Map<string, [Set<number>]>; plain: object };
    const mine = codec.own!(held) as typeof held;
    mine.at.setTime(0);
    mine.bytes[0] = 9;
    mine.map.get('a')![0].add(2);
    mine.map.clear();
    const next = codec.own!(held) as typeof held;
    expect(next.at.getTime()).toBe(5);
    expect(next.bytes).toEqual(Buffer.of(1));
    expect(next.map).toEqual(new Map([['a', [new Set([1])]]]));
    expect(next.plain).toBe(held.plain);
  });

  it('gives each caller its own copy of a Buffer', () => {
    const held = codec.decode(codec.encode(Buffer.from('abc'))) as Buffer;
    (codec.own!(held) as Buffer)[0] = 0;
    expect(codec.own!(held)).toEqual(Buffer.from('abc'));
  });

  it('does not copy a value that is frozen', () => {
    const held = codec.decode(codec.encode({ a: [1] }));
    expect(codec.own!(held)).toBe(held);
  });

  it('throws nothing but errors for arbitrary bytes, and reads the next value as ever', () => {
    const marks = fc.constantFrom(...Object.values(FORMAT));
    const good = codec.encode({ a: [1, new Date(0)] });
    fc.assert(
      fc.property(fc.oneof(marks, fc.nat(255)), fc.uint8Array({ maxLength: 64 }), (mark, rest) => {
        try {
          codec.decode(Buffer.concat([Buffer.of(mark), rest]));
        } catch {
          // A miss for the entry format.
        }
        expect(codec.decode(good)).toStrictEqual({ a: [1, new Date(0)] });
      }),
      { numRuns: 2000 },
    );
  });

  it('does not read what another codec wrote', () => {
    const custom = customCodec({ encode: () => Buffer.of(1), decode: () => 'wrong' });
    expect(() => codec.decode(custom.encode('x'))).toThrow('does not know the format');
    expect(() => custom.decode(codec.encode('x'))).toThrow('does not know the format');
  });
});

describe('json codec', () => {
  it('leaves undefined out of objects and makes it null in arrays, as JSON does', () => {
    const value = { gone: undefined, list: [undefined], at: new Date(0) };
    expect(roundTrip(jsonCodec, value)).toStrictEqual({ list: [null], at: new Date(0) });
    expect(roundTrip(jsonCodec, { gone: undefined })).toStrictEqual({});
    expect(roundTrip(jsonCodec, { $: Number.NaN, gone: undefined })).toStrictEqual({
      $: Number.NaN,
    });
  });

  it('keeps half a surrogate pair', () => {
    expect(roundTrip(jsonCodec, ['\ud800'])).toEqual(['\ud800']);
  });

  it('writes a value without special parts as JSON that anybody can read', () => {
    expect(jsonCodec.encode({ a: 1 }).toString('latin1')).toBe('\x01{"a":1}');
    class Plain {
      toJSON(): unknown {
        return { a: 1 };
      }
    }
    expect(jsonCodec.encode(new Plain()).toString('latin1')).toBe('\x01{"a":1}');
  });
});

describe('msgpack codec', () => {
  it('reads what the json codec wrote, so that one can change over', () => {
    const msgpack = msgpackCodec();
    for (const value of [{ a: 1 }, { at: new Date(0) }, Buffer.of(1)])
      expect(msgpack.decode(jsonCodec.encode(value))).toStrictEqual(value);
  });
});

describe('custom codec', () => {
  it('names the codec when it fails or returns no bytes', () => {
    const failing = customCodec({
      encode: () => {
        throw new TypeError('no schema');
      },
      decode: () => 1,
    });
    expect(() => failing.encode(1)).toThrow(/cache\.codec \(no schema\)/);
    const wrong = customCodec({ encode: () => 'text' as unknown as Buffer, decode: () => 1 });
    expect(() => wrong.encode(1)).toThrow('something else than a Buffer');
  });
});
