import { request as send, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import { parseCacheStatus, type CacheStatus } from './cache-status.js';
import type { Fields } from './origin.js';

export interface RawRequest {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Fields;
  readonly body?: string;
}

export interface Reply {
  readonly status: number;
  /** By name in lower case; the lines of one field are joined by a comma. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names in lower case, in the order they came in. */
  readonly names: readonly string[];
  readonly body: string;
  readonly bytes: Buffer;
  /** What this cache, the last one on the way, says in Cache-Status. */
  readonly cacheStatus: CacheStatus | undefined;
}

/** Sends one request on a connection of its own; neither adds conditions nor follows redirects. */
export async function sendRaw(
  url: string,
  { method, headers, body }: RawRequest = {},
): Promise<Reply> {
  const request = send(url, { agent: false, method, headers: given(headers) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return replyOf(response);
}

/** Reads an answer to its end. */
export async function replyOf(response: IncomingMessage): Promise<Reply> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  const headers = Object.fromEntries(
    Object.entries(response.headersDistinct).map(([name, lines]) => [name, lines?.join(', ')]),
  );
  return {
    status: response.statusCode ?? 0,
    headers,
    names: response.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()),
    body: bytes.toString(),
    bytes,
    cacheStatus: parseCacheStatus(headers['cache-status']),
  };
}

function given(headers: Fields = {}): OutgoingHttpHeaders {
  const set = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as OutgoingHttpHeaders;
}
