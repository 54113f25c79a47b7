import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get as ask, type ClientRequest, type IncomingMessage } from 'node:http';
import { Page } from './page.js';
import type { Origin } from './origin.js';
import { sendRaw } from './raw-client.js';

export interface HttpNodeSettings {
  /** URL of Redis. */
  readonly redis: string;
  readonly origin: string;
}

/** What a load balancer in front of the nodes passes on: to a cache they are one site. */
const SHARED = { Host: 'shop.example' };

/** A node of the application in a process of its own (test/fixtures/http-node.mjs). */
export class HttpNode {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {}

  static async start(settings: HttpNodeSettings): Promise<HttpNode> {
    const fixture = new URL('../../fixtures/http-node.mjs', import.meta.url);
    const process = fork(fixture, [JSON.stringify(settings)], { execArgv: [] });
    const [{ port }] = (await once(process, 'message')) as [{ port: number }];
    return new HttpNode(process, `http://127.0.0.1:${port}`);
  }

  /** A page as this node has it; the origin has one script for all nodes. */
  page(path: string, origin: Origin): Page {
    return new Page({ base: this.url, path, origin, headers: SHARED });
  }

  /** How many requests the node is about to answer. */
  async inFlight(): Promise<number> {
    const { body } = await sendRaw(`${this.url}/in-flight`);
    return (JSON.parse(body) as { count: number }).count;
  }

  async invalidate(tag: string): Promise<void> {
    await sendRaw(`${this.url}/invalidate/${tag}`, { method: 'POST' });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}

/** A client that can leave, or read no further. */
export class RudeClient {
  readonly #request: ClientRequest;
  readonly head: Promise<IncomingMessage>;

  constructor(url: string) {
    this.#request = ask(url, { agent: false, headers: SHARED });
    this.head = once(this.#request, 'response').then(([response]) => response as IncomingMessage);
    this.head.catch(() => undefined);
    this.#request.on('error', () => undefined);
  }

  /** Reads the first bytes of the body. */
  async firstBytes(): Promise<Buffer> {
    const response = await this.head;
    response.on('error', () => undefined);
    const [bytes] = (await once(response, 'data')) as [Buffer];
    return bytes;
  }

  leave(): void {
    this.#request.destroy();
  }
}
