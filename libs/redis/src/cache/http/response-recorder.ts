import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { HeaderList, StoredResponse } from './stored-response.js';

/** Belong to one connection or one delivery, not to the answer. Source: RFC 9110 section 7.6.1, RFC 9111 section 3.1. */
const NEVER_STORED = new Set([
  'age', 'cache-status', 'connection', 'date', 'keep-alive', 'proxy-authenticate', 'proxy-authentication-info',
  'proxy-authorization', 'proxy-connection', 'set-cookie', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'x-cache',
]); // prettier-ignore

type Headers = ReadonlyMap<string, string | readonly string[]>;

export interface RecorderOptions {
  /** Longer bodies go out unrecorded. */
  readonly maxBodyBytes: number;
  /** Asked once, when the headers go out; false ends the recording. Last chance to set headers. */
  readonly onHead: (status: number, headers: Headers) => boolean;
  /** False to end the recording when a layer below sets a cookie: the handler may have written for one visitor. */
  readonly allowsCookieBelow: boolean;
}

/**
 * Watches a response on its way to the wire and resolves with it once it has ended; with undefined
 * when it is not to be stored, is too long, or was cut off.
 *
 * Recorded is what the handler's side produced: headers that were there before (from middleware, which
 * sets its own on each response) and those that layers below add when the headers go out (session
 * cookies, Content-Encoding of a compressor) are not part of it, since a hit passes the same layers.
 */
export function recordResponse(
  response: ServerResponse,
  options: RecorderOptions,
): Promise<StoredResponse | undefined> {
  return new Promise((resolve) => {
    new ResponseRecorder(response, options, resolve).attach();
  });
}

class ResponseRecorder {
  readonly #before: Headers;
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #head: { status: number; headers: HeaderList } | undefined;
  #announced: number | undefined;
  #hasEnded = false;
  #isGivenUp = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: RecorderOptions,
    private readonly done: (recorded: StoredResponse | undefined) => void,
  ) {
    this.#before = headersOf(response);
  }

  attach(): void {
    const { response } = this;
    // The client has gone already: its `close` will not come again.
    if (response.closed || response.destroyed || response.writableEnded) return this.#giveUp();
    const writeHead = response.writeHead.bind(response);
    const write = response.write.bind(response);
    const end = response.end.bind(response);
    response.writeHead = ((...args: Parameters<typeof writeHead>) => {
      this.#onHead(args);
      const result = writeHead(response.statusCode);
      if (!this.options.allowsCookieBelow && response.hasHeader('set-cookie')) this.#giveUp();
      this.#finish();
      return result;
    }) as typeof writeHead;
    response.write = ((...args: Parameters<typeof write>) => {
      this.#take(args);
      return write(...args);
    }) as typeof write;
    response.end = ((...args: Parameters<typeof end>) => {
      this.#take(args);
      this.#hasEnded = true;
      const result = end(...args);
      this.#finish();
      return result;
    }) as typeof end;
    response.once('close', () => this.#giveUp());
  }

  /** Takes what `writeHead` was given as if it had been set before, so that there is one list to look at. */
  #onHead([status, ...rest]: unknown[]): void {
    if (this.#head) return;
    if (typeof status === 'number') this.response.statusCode = status;
    setHeaders(this.response, rest.at(-1));
    const headers = headersOf(this.response);
    if (headers.has('content-length')) this.#announced = Number(headers.get('content-length'));
    this.#head = { status: this.response.statusCode, headers: this.#changed(headers) };
    if (!this.options.onHead(this.response.statusCode, headers)) this.#giveUp();
  }

  #changed(headers: Headers): HeaderList {
    return [...headers].filter(
      ([name, value]) =>
        !NEVER_STORED.has(name) && String(this.#before.get(name)) !== String(value),
    );
  }

  #take([chunk, encoding]: unknown[]): void {
    if (this.#isGivenUp || (typeof chunk !== 'string' && !(chunk instanceof Uint8Array))) return;
    const bytes =
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : Buffer.from(chunk);
    this.#length += bytes.length;
    if (this.#length > this.options.maxBodyBytes) return this.#giveUp();
    this.#chunks.push(bytes);
  }

  /** A layer below may hold the end back (a session that is being saved), so the head can come after it. */
  #finish(): void {
    if (this.#isGivenUp || !this.#head || !this.#hasEnded) return;
    // Cut off: the handler announced another length than it sent.
    if (this.#announced !== undefined && this.#announced !== this.#length) return this.#giveUp();
    this.#isGivenUp = true;
    this.done({ ...this.#head, body: Buffer.concat(this.#chunks) });
  }

  #giveUp(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#chunks.length = 0;
    this.done(undefined);
  }
}

function headersOf(response: ServerResponse): Headers {
  const entries = Object.entries(response.getHeaders() as Record<string, OutgoingHttpHeader>);
  return new Map(
    entries.map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value : String(value),
    ]),
  );
}

function setHeaders(response: ServerResponse, headers: unknown): void {
  if (typeof headers !== 'object' || headers === null) return;
  const pairs = Array.isArray(headers) ? pairsOf(headers) : Object.entries(headers);
  for (const [name, value] of pairs) response.setHeader(name, value as OutgoingHttpHeader);
}

/** `writeHead` takes a flat list `[name, value, name, value]` or a list of pairs. */
function pairsOf(list: readonly unknown[]): [string, unknown][] {
  if (Array.isArray(list[0])) return list as [string, unknown][];
  return list.flatMap((name, index) =>
    index % 2 === 0 ? [[String(name), list[index + 1]] as [string, unknown]] : [],
  );
}
