import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { HeaderList } from './stored-response.js';

/** Fields of a response by name in lower case. */
export type Headers = ReadonlyMap<string, string | readonly string[]>;

/** Belong to one connection or one delivery, not to the answer. Source: RFC 9110 section 7.6.1, RFC 9111 section 3.1. */
const NEVER_STORED = new Set([
  'age', 'cache-status', 'connection', 'content-length', 'keep-alive', 'proxy-authenticate',
  'proxy-authentication-info', 'proxy-authorization', 'proxy-connection', 'set-cookie', 'te', 'trailer',
  'transfer-encoding', 'upgrade', 'x-cache',
]); // prettier-ignore

export function headersOf(response: ServerResponse): Headers {
  const headers = new Map<string, string | readonly string[]>();
  const all = response.getHeaders();
  for (const name of Object.keys(all)) {
    const value = all[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? [...value] : String(value));
  }
  return headers;
}

/**
 * What the handler's side set. Fields that were there before come from middleware, which sets its own on
 * each response, also on one from the cache.
 */
export function storableFields(before: Headers, after: Headers): HeaderList {
  const named = connectionFields(after);
  return [...after].filter(
    ([name, value]) =>
      !NEVER_STORED.has(name) && !named.has(name) && String(before.get(name)) !== String(value),
  );
}

const NONE: ReadonlySet<string> = new Set();

/** What the handler's side did to the fields: those that it set, and names of those that it took away. */
export interface OwnFields {
  readonly headers: HeaderList;
  readonly removed: readonly string[];
}

export function ownFields(before: Headers, after: Headers): OwnFields {
  const isRemoved = (name: string): boolean => !after.has(name) && !NEVER_STORED.has(name);
  return {
    headers: storableFields(before, after),
    removed: [...before.keys()].filter(isRemoved),
  };
}

/** Fields that Connection names are for this connection alone. Source: RFC 9110 section 7.6.1. */
function connectionFields(headers: Headers): ReadonlySet<string> {
  const value = headers.get('connection');
  if (value === undefined) return NONE;
  return new Set(
    String(value)
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}

/** Takes the arguments of `writeHead` as if they had been set before, so that there is one list to look at. */
export function takeHead(response: ServerResponse, [status, ...rest]: readonly unknown[]): void {
  if (typeof status === 'number') response.statusCode = status;
  if (typeof rest[0] === 'string') response.statusMessage = rest[0];
  const headers = rest.findLast((part) => typeof part === 'object' && part !== null);
  if (typeof headers !== 'object' || headers === null) return;
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) response.setHeader(name, value as OutgoingHttpHeader);
    return;
  }
  const seen = new Set<string>();
  for (const [name, value] of pairsOf(headers)) {
    const key = name.toLowerCase();
    // The first of a name replaces what was set before; the others join it.
    if (seen.has(key)) response.appendHeader(name, value);
    else response.setHeader(name, value);
    seen.add(key);
  }
}

/** `writeHead` takes a flat list `[name, value, name, value]` or a list of pairs. */
function pairsOf(list: readonly unknown[]): [string, string | readonly string[]][] {
  if (Array.isArray(list[0])) return list as [string, string][];
  return list.flatMap((name, index) =>
    index % 2 === 0 ? [[String(name), list[index + 1]] as [string, string]] : [],
  );
}

/** Makes the response look as if the handler had not begun. */
export function resetHead(response: ServerResponse, before: Headers): void {
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  for (const [name, value] of before) response.setHeader(name, value);
  // Left to Node, which knows the phrase of each status.
  response.statusMessage = undefined as unknown as string;
}

/** The bytes given to `write` or `end`, as a copy: the caller may use its buffer again. */
export function bytesOf([chunk, encoding]: readonly unknown[]): Buffer | undefined {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : undefined;
}

/** Tells the caller of `write` or `end` that its bytes are taken. */
export function callBack(args: readonly unknown[]): void {
  const done = args.findLast((argument) => typeof argument === 'function');
  if (done) process.nextTick(done);
}

/** To everybody but the holder the answer counts as sent: an error that comes later must not begin another one. */
export function countAsSent(response: ServerResponse): () => void {
  Object.defineProperty(response, 'headersSent', { configurable: true, get: () => true });
  return () => {
    Reflect.deleteProperty(response, 'headersSent');
  };
}
