import { LRUCache } from 'lru-cache';
import Negotiator from 'negotiator';
import type { HttpCachePolicy } from './http-cache.options.js';
import { fieldOf, type Encoding, type StoredAnswer } from './stored-response.js';

export type EncodingPolicy = Pick<HttpCachePolicy, 'encodings' | 'encodingThreshold'>;

/** What an Accept-Encoding field says about the codings of a route. */
export interface AcceptedCodings {
  /** Those that are as welcome as the bytes themselves or more so, best first. */
  readonly codings: readonly Encoding[];
  /** True when the client does not want the bytes as they are. */
  readonly refusesIdentity: boolean;
}

const NONE: AcceptedCodings = { codings: [], refusesIdentity: false };

/** Browsers and libraries send a handful of fields, each with nearly every request. */
const KNOWN_FIELDS = 100;
const LONGEST_KNOWN_FIELD = 200;

/** By the list of codings, which is one object per route. */
const known = new WeakMap<readonly Encoding[], LRUCache<string, AcceptedCodings>>();

/**
 * Content codings that a client accepts. Without the field any is acceptable, but a client that can
 * decode says so; an empty one wants none. Source: RFC 9110 section 12.5.3.
 *
 * @param encodings of the route; their order decides among equal q-values
 */
export function acceptedCodings(
  field: string | undefined,
  encodings: readonly Encoding[],
): AcceptedCodings {
  if (field === undefined || encodings.length === 0) return NONE;
  if (field.length > LONGEST_KNOWN_FIELD) return negotiate(field, encodings);
  let fields = known.get(encodings);
  if (!fields) known.set(encodings, (fields = new LRUCache({ max: KNOWN_FIELDS })));
  const before = fields.get(field);
  if (before) return before;
  const accepted = negotiate(field, encodings);
  fields.set(field, accepted);
  return accepted;
}

function negotiate(field: string, encodings: readonly Encoding[]): AcceptedCodings {
  // An old name of gzip: RFC 9110 section 8.4.1.3.
  const headers = { 'accept-encoding': field.replaceAll(/\bx-gzip\b/gi, 'gzip') };
  const best = new Negotiator({ headers }).encodings([...encodings, 'identity'], {
    preferred: encodings,
  });
  const identity = best.indexOf('identity');
  const codings = (identity === -1 ? best : best.slice(0, identity)) as Encoding[];
  return { codings, refusesIdentity: identity === -1 };
}

/** Types outside of `text` that compress well and are no `+json`, `+xml` or `+text`. */
const COMPRESSIBLE: ReadonlySet<string> = new Set([
  'application/ecmascript', 'application/graphql', 'application/javascript', 'application/json',
  'application/json5', 'application/jsonl', 'application/manifest', 'application/rtf', 'application/sql',
  'application/toml', 'application/vnd.ms-fontobject', 'application/wasm', 'application/x-javascript',
  'application/x-ndjson', 'application/x-sh', 'application/xml', 'application/xml-dtd',
  'application/yaml', 'font/otf', 'font/ttf', 'image/bmp', 'image/vnd.microsoft.icon', 'image/x-icon',
]); // prettier-ignore

export function isCompressible(contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]!.trim().toLowerCase();
  if (type === undefined || type === 'text/event-stream') return false;
  return type.startsWith('text/') || /\+(?:json|xml|text)$/.test(type) || COMPRESSIBLE.has(type);
}

export type EncodableHead = Pick<StoredAnswer, 'status' | 'headers' | 'meta' | 'isEncodable'>;

/** Each describes or digests the bytes as the handler sent them, so that other bytes would belie it. Source: RFC 9530 sections 2 and 3. */
const TIED_TO_BYTES = [
  'content-encoding',
  'content-digest',
  'repr-digest',
  'digest',
  'content-md5',
];

/** Without a body, or with a part of one. */
const NOT_ENCODED: ReadonlySet<number> = new Set([204, 206, 304]);

/**
 * True for an answer whose bytes may be sent in another coding than the handler's: it is of a
 * compressible type, comes without a coding, and its handler neither forbids it (`no-transform`, RFC 9111
 * section 5.2.2.6) nor chooses one itself by Accept-Encoding.
 */
export function mayBeEncoded(answer: EncodableHead): boolean {
  if (answer.isEncodable === false) return false;
  if (NOT_ENCODED.has(answer.status) || answer.meta.vary.includes('accept-encoding')) return false;
  if (TIED_TO_BYTES.some((name) => fieldOf(answer, name) !== undefined)) return false;
  const cacheControl = fieldOf(answer, 'cache-control');
  if (cacheControl !== undefined && /(?:^|[\s,])no-transform(?:$|[\s,=])/i.test(cacheControl))
    return false;
  return answer.isEncodable ?? isCompressible(fieldOf(answer, 'content-type'));
}
