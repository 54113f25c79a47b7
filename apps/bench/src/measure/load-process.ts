import { join } from 'node:path';
import type { FromLoad, LoadOrder, LoadReport } from '../load.js';
import { offServerCore } from './machine.js';
import { Spawned } from './spawned.js';

const PROGRAM = join(import.meta.dirname, '../../load/generator.js');

/** The load generator, in a process of its own. */
export class LoadProcess {
  private constructor(private readonly spawned: Spawned) {}

  static async start(): Promise<LoadProcess> {
    const spawned = Spawned.start('The load generator', {
      command: offServerCore([process.execPath, PROGRAM]),
    });
    await spawned.ask<FromLoad>(undefined);
    return new LoadProcess(spawned);
  }

  /** @throws when a request failed: a figure of failures is no figure. None answered is for the caller to judge */
  async run(order: LoadOrder): Promise<LoadReport> {
    const message = await this.spawned.ask<FromLoad>(order, order.seconds * 1000 + 30_000);
    if (message.kind !== 'report') {
      throw new Error(
        `No load on ${order.url}: ${message.kind === 'failed' ? message.reason : message.kind}.`,
      );
    }
    const { report } = message;
    if (report.failures > 0) {
      throw new Error(
        `${order.url}: ${report.failures} requests failed, ${report.answers} were answered.`,
      );
    }
    return report;
  }

  end(): Promise<void> {
    return this.spawned.end();
  }
}
