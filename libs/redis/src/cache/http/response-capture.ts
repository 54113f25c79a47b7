import type { ServerResponse } from 'node:http';
import {
  bytesOf,
  callBack,
  countAsSent,
  headersOf,
  ownFields,
  resetHead,
  takeHead,
  type Headers,
  type OwnFields,
} from './wire.js';

/** The head of a handler's answer, before it goes out: the last chance to set fields. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
  /** Fields that were there before the handler's side began. */
  readonly before: Headers;
  /** All of it, where the answer is sent in one piece. */
  readonly body: Buffer | undefined;
  /** The ETag that Express has made of the body, which is not among the fields: no handler has given it. */
  readonly madeTag: string | undefined;
}

/**
 * `pass` lets the answer out unrecorded; `record` keeps a copy; `replace` keeps the answer to itself, and
 * sends another one by `send` once the handler has ended its own.
 */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'record' }
  | { readonly kind: 'replace'; readonly send: (response: ServerResponse) => void };

/** `passed`: not for storing. `aborted`: the client left while the answer was on its way. */
export type Captured =
  | ({ readonly kind: 'complete'; readonly status: number; readonly body: Buffer } & OwnFields)
  | { readonly kind: 'passed'; readonly status: number }
  | { readonly kind: 'aborted' };

export interface CaptureOptions {
  /** Longer bodies go out unrecorded. */
  readonly maxBodyBytes: number;
  /** False to record nothing when a layer below sets a cookie: the handler may have written for one visitor. */
  readonly allowsCookieBelow: boolean;
  /** How long the handler of a client that has left may go on. */
  readonly abandonAfterMs: number;
  /** Called once before the head is looked at. */
  readonly prepare?: () => void;
  /** Asked once. */
  readonly onHead: (head: AnswerHead) => Verdict;
}

type Method<K extends 'writeHead' | 'write' | 'end'> = (
  ...args: unknown[]
) => ReturnType<ServerResponse[K]>;

/**
 * Watches a response on its way to the wire. Recorded is what the handler's side made: fields that were
 * there before and those that layers below add when the head goes out (session cookies, Content-Encoding
 * of a compressor) are not part of it, since a hit passes the same layers.
 */
export class ResponseCapture {
  readonly captured: Promise<Captured>;
  readonly #before: Headers;
  readonly #below: { writeHead: Method<'writeHead'>; write: Method<'write'>; end: Method<'end'> };
  readonly #chunks: Buffer[] = [];
  #resolve!: (captured: Captured) => void;
  #length = 0;
  #verdict: Verdict | undefined;
  #head: ({ readonly status: number; readonly length: number | undefined } & OwnFields) | undefined;
  #isOut = false;
  #hasEnded = false;
  #isSettled = false;
  #isHandlerDone = false;
  #uncount: (() => void) | undefined;

  constructor(
    private readonly response: ServerResponse,
    private readonly options: CaptureOptions,
  ) {
    this.captured = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#before = headersOf(response);
    const bound = <K extends 'writeHead' | 'write' | 'end'>(name: K): Method<K> =>
      response[name].bind(response) as Method<K>;
    this.#below = { writeHead: bound('writeHead'), write: bound('write'), end: bound('end') };
    this.#attach();
  }

  /** To be told when the handler has returned: an answer that a gone client did not get by then will not come. */
  handlerDone(): void {
    this.#isHandlerDone = true;
    if (this.response.closed) this.#expectEnd();
  }

  #attach(): void {
    const { response } = this;
    if (response.headersSent) return this.#pass();
    response.writeHead = (...args: unknown[]) => this.#writeHead(args);
    response.write = ((...args: unknown[]) => this.#write(args)) as ServerResponse['write'];
    response.end = ((...args: unknown[]) => this.#end(args)) as ServerResponse['end'];
    response.once('close', () => {
      if (this.#head || this.#isHandlerDone) this.#expectEnd();
      else this.#abandonLater();
    });
  }

  /** Whoever waits for the answer need not wait on. */
  abandon(): void {
    this.#settle({ kind: 'aborted' });
  }

  #abandonLater(): void {
    const timer = setTimeout(() => this.abandon(), this.options.abandonAfterMs);
    timer.unref();
    void this.captured.then(() => clearTimeout(timer));
  }

  /** Nest sends right after the handler returned; whatever streams to a client that has gone does not end. */
  #expectEnd(): void {
    setImmediate(() => {
      if (!this.#hasEnded) this.#settle({ kind: 'aborted' });
    });
  }

  #writeHead(args: unknown[]): ServerResponse {
    takeHead(this.response, args);
    const { kind } = this.#decide(undefined);
    if (kind === 'replace') return this.response;
    // A layer below may have held the end back, so that the head comes after it.
    return this.#sendHead();
  }

  #sendHead(): ServerResponse {
    const { response } = this;
    if (this.#isOut) return this.#below.writeHead(response.statusCode);
    this.#isOut = true;
    const result = this.#below.writeHead(response.statusCode);
    if (!this.options.allowsCookieBelow && response.hasHeader('set-cookie')) this.#pass();
    this.#finish();
    return result;
  }

  #write(args: unknown[]): boolean {
    const { kind } = this.#decide(undefined);
    this.#take(bytesOf(args));
    if (kind === 'replace') {
      callBack(args);
      return true;
    }
    const isTaken = this.#orGiveUp(() => this.#below.write(...args));
    // What is recorded is in memory anyway. A slow client must not slow down those who wait for the record.
    return isTaken || (!this.#isSettled && !this.response.closed);
  }

  #end(args: unknown[]): ServerResponse {
    const bytes = bytesOf(args);
    const { kind } = this.#decide(bytes ?? Buffer.alloc(0));
    this.#take(bytes);
    if (this.#hasEnded) return this.response;
    this.#hasEnded = true;
    if (kind === 'replace') {
      callBack(args);
      this.#replace();
      return this.response;
    }
    const result = this.#orGiveUp(() => this.#below.end(...args));
    // Nothing goes out to a client that has gone; the layers below still show whether they set a cookie.
    if (this.response.closed && !this.#isOut) this.#sendHead();
    this.#finish();
    return result;
  }

  /** What Node refuses is the caller's mistake: it hears of it, and can still send an error in its place. */
  #orGiveUp<R>(send: () => R): R {
    try {
      return send();
    } catch (error) {
      this.abandon();
      this.#hasEnded = false;
      Object.assign(this.response, this.#below);
      if (!this.response.headersSent) resetHead(this.response, this.#before);
      throw error;
    }
  }

  /** @param body all of it, where nothing was written before */
  #decide(body: Buffer | undefined): Verdict {
    if (this.#verdict) return this.#verdict;
    const { response } = this;
    const madeTag = body && madeByExpress(response.getHeader('ETag'), body.length);
    if (madeTag) response.removeHeader('ETag');
    this.options.prepare?.();
    const { statusCode: status } = response;
    const verdict = this.options.onHead({
      status,
      headers: headersOf(response),
      before: this.#before,
      body,
      madeTag,
    });
    this.#verdict = verdict;
    const headers = headersOf(response);
    const length = headers.get('content-length');
    this.#head = {
      status,
      ...ownFields(this.#before, headers),
      length: length === undefined ? undefined : Number(length),
    };
    if (verdict.kind === 'pass') this.#pass();
    if (verdict.kind === 'replace') this.#uncount = countAsSent(response);
    return verdict;
  }

  #take(bytes: Buffer | undefined): void {
    if (this.#isSettled || !bytes) return;
    this.#length += bytes.length;
    if (this.#length > this.options.maxBodyBytes) this.#pass();
    else this.#chunks.push(bytes);
  }

  #finish(): void {
    if (this.#isSettled || !this.#isOut || !this.#hasEnded || !this.#head) return;
    const { length, ...head } = this.#head;
    // Cut off: the handler announced another length than it sent.
    if (length !== undefined && length !== this.#length) return this.#settle({ kind: 'aborted' });
    this.#settle({ kind: 'complete', ...head, body: wholeOf(this.#chunks) });
  }

  #replace(): void {
    const { response } = this;
    this.#isOut = true;
    this.#finish();
    this.#uncount?.();
    Object.assign(response, this.#below);
    resetHead(response, this.#before);
    if (this.#verdict?.kind === 'replace') this.#verdict.send(response);
  }

  #pass(): void {
    this.#settle({ kind: 'passed', status: this.response.statusCode });
  }

  #settle(captured: Captured): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#chunks.length = 0;
    this.#resolve(captured);
  }
}

function wholeOf(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** `W/"<length in hex>-<27 characters>"`, as `res.send` makes it. */
const EXPRESS_TAG = /^(?:W\/)?"([0-9a-f]+)-[A-Za-z0-9+/]{27}"$/;

/** The tag, where Express has made it of a body of that length. */
export function madeByExpress(etag: unknown, bodyLength: number): string | undefined {
  if (typeof etag !== 'string') return undefined;
  const length = EXPRESS_TAG.exec(etag)?.[1];
  return length !== undefined && Number.parseInt(length, 16) === bodyLength ? etag : undefined;
}
