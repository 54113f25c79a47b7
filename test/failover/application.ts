import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CacheOptions, ConnectionOptions, SessionOptions } from 'nestjs-redis-kit';
import { ask, Load, type Sample } from './load.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const USERS = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay'];

interface User {
  readonly name: string;
  readonly cookie: string;
}

/** Two processes of one application, the source of its values, and its users. */
export class Application {
  /** The values of the source: each change makes one greater. */
  readonly #versions = new Map(KEYS.map((key) => [key, 0]));
  readonly #users: User[] = [];
  #turn = 0;

  private constructor(
    private readonly origin: Server,
    private readonly nodes: readonly ChildProcess[],
    private readonly urls: readonly string[],
  ) {
    origin.on('request', ({ url = '' }, response) => {
      response.end(JSON.stringify({ version: this.#versions.get(url.slice(1)) }));
    });
  }

  static async start(
    connection: ConnectionOptions,
    options: { readonly session?: Partial<SessionOptions>; readonly cache?: CacheOptions } = {},
  ): Promise<Application> {
    const origin = createServer().listen(0, '127.0.0.1');
    await once(origin, 'listening');
    const source = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
    const fixture = new URL('../fixtures/failover-app.mjs', import.meta.url);
    const settings = JSON.stringify({ connection, origin: source, ...options });
    const nodes = [0, 1].map(() => fork(fixture, [settings], { execArgv: [] }));
    const messages = await Promise.all(nodes.map((node) => once(node, 'message')));
    const urls = messages.map(([{ port }]) => `http://127.0.0.1:${port}`);
    const application = new Application(origin, nodes, urls);
    await application.#logIn();
    return application;
  }

  /** Cached reads, invalidations and session requests, on both nodes, until it is stopped. */
  load(): Load {
    const load = new Load();
    load.every(20, () => ask('cache', `${this.#url()}/read/${this.#key()}`));
    load.every(40, () => ask('page', `${this.#url()}/page/${this.#key()}`));
    load.every(20, () => ask('control', `${this.#url()}/control`));
    load.every(150, () => this.change());
    load.every(25, () => {
      const { cookie } = this.#users[this.#turn % this.#users.length]!;
      return ask('session', `${this.#url()}/count`, { method: 'POST', cookie });
    });
    return load;
  }

  /** Changes a value at the source and then invalidates it, as a handler would. */
  change(): Promise<Sample> {
    const key = this.#key();
    this.#versions.set(key, this.#versions.get(key)! + 1);
    return ask('invalidation', `${this.#url()}/invalidate/${key}`, { method: 'POST' });
  }

  /** A user of their own, whose session counts one up at each call, on one node after the other. */
  async counter(name: string): Promise<() => Promise<Sample>> {
    const { cookies } = await ask('login', `${this.#url()}/login/${name}`, { method: 'POST' });
    const cookie = cookies.join('; ');
    return () => ask('counter', `${this.#url()}/count`, { method: 'POST', cookie });
  }

  /** What each node says to each key, beside what the source says. */
  async values(): Promise<{ readonly shown: unknown[]; readonly true: unknown[] }> {
    const pairs = this.urls.flatMap((url) => KEYS.map((key) => ({ url, key })));
    const shown = await Promise.all(pairs.map(({ url, key }) => ask('read', `${url}/read/${key}`)));
    return {
      shown: shown.map(({ body }) => body),
      true: pairs.map(({ key }) => JSON.stringify({ version: this.#versions.get(key) })),
    };
  }

  /** How many sessions the index names for each user, as each node says. */
  async devices(): Promise<unknown[]> {
    const asked = this.urls.flatMap((url) =>
      this.#users.map(({ cookie }) => ask('devices', `${url}/devices`, { cookie })),
    );
    return (await Promise.all(asked)).map(({ body }) => JSON.parse(body) as unknown);
  }

  async stop(): Promise<void> {
    const gone = this.nodes.map((node) => once(node, 'exit'));
    for (const node of this.nodes) node.kill('SIGKILL');
    await Promise.all(gone);
    this.origin.closeAllConnections();
    this.origin.close();
  }

  async #logIn(): Promise<void> {
    for (const name of USERS) {
      const { cookies, outcome } = await ask('login', `${this.#url()}/login/${name}`, {
        method: 'POST',
      });
      if (outcome !== 201) throw new Error(`The login of ${name} ended with ${outcome}.`);
      this.#users.push({ name, cookie: cookies.join('; ') });
    }
  }

  #url(): string {
    this.#turn += 1;
    return this.urls[this.#turn % this.urls.length]!;
  }

  #key(): string {
    return KEYS[Math.floor(Math.random() * KEYS.length)]!;
  }
}
