import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Captured, ResponseCapture } from './response-capture.js';

/** An Express application. */
export interface RequestListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** The path that it is mounted under; empty for none. */
  readonly path?: () => string;
}

/** A request that the cache itself sent through the application. */
export interface Refresh<E> {
  /** What it is to refresh. Where it turns out to be for another key, its answer is nobody's. */
  readonly key: string;
  /** Begins to record its answer, once it has come as far as its handler. */
  readonly capture: (exchange: E) => ResponseCapture;
}

const refreshes = new WeakMap<IncomingMessage, Refresh<never>>();

/** What is to be done with a request that the cache itself sent through the application. */
export function refreshOf<E>(request: IncomingMessage): Refresh<E> | undefined {
  return refreshes.get(request) as Refresh<E> | undefined;
}

export interface RefreshOptions<E> extends Refresh<E> {
  /** Conditions to send along, in place of those of the client. */
  readonly conditions: IncomingHttpHeaders;
  readonly signal: AbortSignal;
}

/** Conditions and directives for caches are the client's own; the rest speaks of a body or of its connection. */
const NOT_REPEATED = [
  'cache-control', 'pragma', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range',
  'content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'expect', 'connection', 'upgrade', 'te',
]; // prettier-ignore

/**
 * Sends a GET through the whole application once more, as its client sent it: middleware, guards and
 * interceptors judge it anew. Nothing reaches the client.
 *
 * @returns what the handler answered; `passed` when the request did not come as far as the cache
 */
export function refreshRequest<E>(
  listener: RequestListener,
  original: IncomingMessage & { readonly originalUrl?: string },
  { key, capture, conditions, signal }: RefreshOptions<E>,
): Promise<Captured> {
  const socket = new SilentSocket(original.socket);
  const request = new IncomingMessage(socket as unknown as Socket);
  request.method = 'GET';
  const target = original.originalUrl ?? original.url ?? '/';
  // An application that is mounted under a path of another one does not see that path.
  const mount = listener.path?.() ?? '';
  request.url = target.startsWith(mount) ? target.slice(mount.length) || '/' : target;
  Object.assign(request, { originalUrl: target, baseUrl: mount });
  request.httpVersion = original.httpVersion;
  request.headers = { ...without(original.headers, NOT_REPEATED), ...conditions };
  request.rawHeaders.push(...Object.entries(request.headers).flatMap(rawLines));
  request.complete = true;
  request.push(null);
  const response = new ServerResponse(request);
  response.assignSocket(socket as unknown as Socket);
  return new Promise((resolve, reject) => {
    let begun: ResponseCapture | undefined;
    refreshes.set(request, {
      key,
      capture: (exchange: E) => {
        begun = capture(exchange);
        resolve(begun.captured);
        return begun;
      },
    });
    const end = (): void => {
      socket.destroy();
      resolve({ kind: 'passed', status: response.statusCode });
    };
    response.once('finish', end);
    signal.addEventListener('abort', () => {
      socket.destroy();
      begun?.abandon();
      reject(signal.reason as Error);
    });
    listener(request, response);
  });
}

/** Swallows what is written to it, and looks like the connection of the client otherwise. */
class SilentSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly encrypted: boolean | undefined;

  constructor(original: Socket) {
    super();
    this.remoteAddress = original.remoteAddress;
    this.remotePort = original.remotePort;
    this.remoteFamily = original.remoteFamily;
    this.localAddress = original.localAddress;
    this.localPort = original.localPort;
    this.encrypted = 'encrypted' in original;
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }
}

function without(headers: IncomingHttpHeaders, names: readonly string[]): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function rawLines([name, value]: [string, string | string[] | undefined]): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value.flatMap((line) => [name, line]) : [name, value];
}
