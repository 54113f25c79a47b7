import type { Codec } from '../codec/codec.js';
import type { StoredMeta } from './http-cache-policy.js';

/** Header names are in lower case; a value is a list only where the field occurs several times. */
export type HeaderList = readonly (readonly [name: string, value: string | readonly string[]])[];

/** Content codings that a stored answer is kept in besides its own bytes. */
export type Encoding = 'br' | 'gzip';

/** An answer as the handler's side made it, before layers below it (session cookies, CORS) added their part. */
export interface StoredAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: HeaderList;
  /** Names of fields that middleware sets and the handler took away again. Absent for none. */
  readonly removed?: readonly string[];
  readonly body: Buffer;
  /** What decides on its reuse. */
  readonly meta: StoredMeta;
  /** Cache-Control towards clients, where the handler set none. */
  readonly downstream: string | undefined;
  /**
   * False where other bytes would break what its handler or its route says; told when it is stored, since
   * fields of the route (`@Header`) are no part of it. Undefined in entries of earlier versions.
   */
  readonly isEncodable?: boolean;
  /** Made when the first client asked for them. Empty for a coding that is no use. */
  readonly encoded: Readonly<Partial<Record<Encoding, Buffer>>>;
}

/** Stands under the key of a URL whose answers differ by request headers, and names these. */
export interface StoredVariants {
  readonly kind: 'variants';
  readonly vary: readonly string[];
}

export type StoredResponse = StoredAnswer | StoredVariants;

interface Head {
  readonly status: number;
  readonly headers: HeaderList;
  readonly removed?: readonly string[];
  readonly meta: StoredMeta;
  readonly downstream?: string;
  readonly isEncodable?: boolean;
  /** Length of the body, then of each encoding. */
  readonly lengths: readonly (readonly ['body' | Encoding, number])[];
}

/** As first written: the body is all the rest. */
type FirstHead = Pick<Head, 'status' | 'headers'>;

/** The first form told no rules: its answers had their TTL and nothing else. */
const NO_RULES: StoredMeta = {
  lifetimeMs: 0,
  initialAgeMs: 0,
  mustRevalidate: false,
  noCache: false,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  vary: [],
};

/** 4 bytes length of the head, the head as JSON, then the body and its encodings as they are: a hit parses no body. */
export const storedResponseCodec: Codec<StoredResponse> = {
  encode(value) {
    if (value.kind === 'variants') return withHead({ vary: value.vary }, []);
    const { status, headers, removed, meta, downstream, isEncodable, body, encoded } = value;
    const parts = [['body', body] as const, ...(Object.entries(encoded) as [Encoding, Buffer][])];
    const lengths = parts.map(([name, bytes]) => [name, bytes.length] as const);
    return withHead(
      { status, headers, removed, meta, downstream, isEncodable, lengths },
      parts.map(([, bytes]) => bytes),
    );
  },

  decode(bytes) {
    const headEnd = 4 + bytes.readUInt32BE(0);
    const head = JSON.parse(bytes.toString('utf8', 4, headEnd)) as
      Head | FirstHead | StoredVariants;
    if ('vary' in head) return { kind: 'variants', vary: head.vary };
    if (!('lengths' in head)) {
      const body = bytes.subarray(headEnd);
      return { kind: 'answer', ...head, meta: NO_RULES, downstream: undefined, body, encoded: {} };
    }
    let at = headEnd;
    const parts: Partial<Record<'body' | Encoding, Buffer>> = {};
    for (const [name, length] of head.lengths) {
      parts[name] = bytes.subarray(at, at + length);
      at += length;
    }
    const { status, headers, removed, meta, downstream, isEncodable } = head;
    const { body, ...encoded } = parts;
    return {
      kind: 'answer',
      status,
      headers,
      ...(removed && { removed }),
      meta,
      downstream,
      ...(isEncodable !== undefined && { isEncodable }),
      body: body!,
      encoded,
    };
  },
};

/** The value of a field of a stored answer; several lines count as one list. */
export function fieldOf(
  { headers }: Pick<StoredAnswer, 'headers'>,
  name: string,
): string | undefined {
  for (const [field, value] of headers)
    if (field === name) return typeof value === 'string' ? value : value.join(', ');
  return undefined;
}

function withHead(head: object, parts: readonly Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...parts]);
}
