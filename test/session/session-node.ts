import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

interface NodeSettings {
  readonly url: string;
  /** Half of the replies of Redis arrive up to this much later. */
  readonly delayRepliesMs?: number;
  readonly seed?: number;
}

/** A node of the application in a process of its own (test/fixtures/session-node.mjs). */
export class SessionNode {
  readonly #reached = new Set<unknown>();

  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
  ) {
    process.on('message', ({ reached }: { reached?: string }) => this.#reached.add(reached));
  }

  static async start(settings: NodeSettings): Promise<SessionNode> {
    const fixture = new URL('../fixtures/session-node.mjs', import.meta.url);
    const child = fork(fixture, [JSON.stringify(settings)], { execArgv: [] });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new SessionNode(child, url);
  }

  /** Resolves once a handler stands at the gate. */
  async reached(gate: string): Promise<void> {
    while (!this.#reached.has(gate)) await once(this.process, 'message');
  }

  open(gate: string): void {
    this.process.send({ open: gate });
  }

  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await gone;
  }
}
