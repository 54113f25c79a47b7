import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** Field to value; a list is sent as several lines, undefined leaves the field out. */
export type Fields = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** Over `Date` (now) and `Content-Type: text/plain`. */
  readonly headers?: Fields;
  /** Default: the path and how many requests it has had, so that two answers always differ. */
  readonly body?: string | Buffer;
  /** Where the origin cuts the connection. */
  readonly breaks?: 'before the head' | 'in the body';
  /** Holds the answer back until this is settled. */
  readonly after?: Promise<unknown>;
  /** Sends the first half of the body, and the rest when this is settled. */
  readonly restAfter?: Promise<unknown>;
}

export interface OriginRequest {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What an origin says: answers in their order, of which the last one repeats, or a function. */
export type Script = readonly Answer[] | ((request: OriginRequest, count: number) => Answer);

/** An origin server on loopback that answers each path by its script and keeps what it was asked. */
export class Origin {
  readonly #scripts = new Map<string, Script>();
  readonly #requests = new Map<string, OriginRequest[]>();

  private constructor(
    private readonly server: Server,
    private readonly now: () => number,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response);
    });
  }

  /** @param now the time that its Date tells */
  static async start(now: () => number): Promise<Origin> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Origin(server, now);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  knows(path: string): boolean {
    return this.#scripts.has(path);
  }

  script(path: string, script: Script): void {
    this.#scripts.set(path, script);
  }

  /** Everything that was asked of a path, in the order of arrival. */
  requests(path: string): OriginRequest[] {
    const known = this.#requests.get(path) ?? [];
    this.#requests.set(path, known);
    return known;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = request;
    const [path = ''] = target.split('?');
    const asked = { method, target, headers, body: await bodyOf(request) };
    const count = this.requests(path).push(asked);
    const script = this.#scripts.get(path) ?? [{ status: 404 }];
    const answer = typeof script === 'function' ? script(asked, count) : script.at(count - 1);
    const said = answer ?? (script as readonly Answer[]).at(-1) ?? {};
    const body = said.body ?? `${path} #${count}`;
    await send(request, response, { ...said, body, headers: this.#headersOf(said) });
  }

  #headersOf({ headers }: Answer): Fields {
    const date = new Date(this.now()).toUTCString();
    return { Date: date, 'Content-Type': 'text/plain', ...headers };
  }
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, headers = {}, body = '', ...said }: Answer,
): Promise<void> {
  await said.after;
  if (said.breaks === 'before the head') return void response.destroy();
  response.sendDate = false;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  if (!hasBody(request, status)) return void response.end();
  const bytes = Buffer.from(body);
  if (!said.breaks && !said.restAfter) return void response.end(bytes);
  const half = Math.floor(bytes.length / 2);
  await new Promise((written) => response.write(bytes.subarray(0, half), written));
  if (said.breaks) return void response.destroy();
  await said.restAfter;
  response.end(bytes.subarray(half));
}

function hasBody({ method }: IncomingMessage, status: number): boolean {
  return method !== 'HEAD' && ![204, 205, 304].includes(status);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
