import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ConnectionOptions, SessionInfo, SessionOptions } from 'nestjs-redis-kit';
import { eventually } from '../../support/eventually.js';
import { Browser, SECRET } from '../shop.js';

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** A session event as a listener of the node got it. */
export interface HeardEvent {
  readonly name: string;
  readonly handle: string;
  readonly userId?: string;
  readonly isLocal: boolean;
  readonly reason?: string;
  readonly previousHandle?: string;
}

export interface NodeOptions extends Partial<SessionOptions> {
  /** Kills the process when it has claimed expired sessions; its lease is then short. */
  readonly dieAfterClaim?: boolean;
  /** Each command goes out, and each reply comes in, up to so much later. */
  readonly delays?: { readonly mostMs: number; readonly seed: number };
}

/** A node of an application with sessions, in a process of its own (test/fixtures/account-node.mjs). */
export class AccountNode {
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {
    process.on('message', (reply: Reply) => this.#waiting.get(reply.id)?.(reply));
  }

  static async start(
    connection: ConnectionOptions,
    { dieAfterClaim = false, delays, ...session }: NodeOptions = {},
  ): Promise<AccountNode> {
    const fixture = new URL('../../fixtures/account-node.mjs', import.meta.url);
    const settings = { connection, session: { secret: SECRET, ...session }, dieAfterClaim, delays };
    const process = fork(fixture, [JSON.stringify(settings)], { execArgv: [] });
    const [{ url }] = (await once(process, 'message')) as [{ url: string }];
    return new AccountNode(process, url);
  }

  /** Resolves when the process is gone. */
  async ended(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    await once(this.process, 'exit');
  }

  browser(): Browser {
    return new Browser(this.url);
  }

  async loggedIn(user: string): Promise<Browser> {
    const browser = this.browser();
    await browser.post(`/login/${user}`);
    return browser;
  }

  list(user: string): Promise<SessionInfo[]> {
    return this.call('list', user) as Promise<SessionInfo[]>;
  }

  async heard(name: string): Promise<HeardEvent[]> {
    const all = (await this.call('heard')) as HeardEvent[];
    return all.filter((event) => event.name === name);
  }

  /** Sends a request that changes its session only once `finish` is called. */
  async slowRequest(browser: Browser, name: string): Promise<{ finish: () => Promise<number> }> {
    const request = browser.copy(this.url).post(`/slow/${name}`);
    await eventually(async () => {
      if (!(await this.call('holds', name))) throw new Error('not there yet');
    });
    return {
      finish: async () => {
        await this.call('letGo', name);
        return (await request).status;
      },
    };
  }

  /** Runs an operation of the fixture. */
  async call(operation: string, ...args: unknown[]): Promise<unknown> {
    const id = (this.#calls += 1);
    const reply = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.process.send({ id, operation, args });
    const { value, error } = await reply;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async stop(): Promise<void> {
    const gone = this.ended();
    this.process.kill('SIGKILL');
    await gone;
  }
}
