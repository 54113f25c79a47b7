import { expect, it } from '@jest/globals';
import { WakeUps } from '../invalidation/wake-ups.js';
import { ChangeLedger, type Task } from './change-ledger.js';
import { WriteBehindWorker, type WriteBehindWorkerOptions } from './write-behind-worker.js';

it('drains a shard that Redis did not tell of the first time', async () => {
  const lease = { token: 'token', mustClaim: true };
  const written: string[] = [];
  const left = [{ key: 'kept', kind: 'set', payload: Buffer.alloc(0), version: 1 }];
  let claims = 0;
  const worker = new WriteBehindWorker({
    cache: 'items',
    limits: { drainMs: 5000, delayMs: 60_000, batchSize: 10, leaseMs: 60_000 },
    leases: {
      held: [lease],
      start: () => undefined,
      stop: () => undefined,
      balance: async () => undefined,
      giveBack: async () => undefined,
    },
    queue: {
      claim: async () => {
        claims += 1;
        if (claims === 1) throw new Error('Redis does not answer');
        return left.splice(0);
      },
      take: async () => left.splice(0),
      settle: async () => true,
    },
    writer: {
      write: async (tasks: Task[]) => {
        written.push(...tasks.map(({ newest }) => newest.key));
        return tasks.map((task) => ({ kind: 'written', task }));
      },
    },
    ledger: new ChangeLedger(),
    failed: { isPaused: () => false, recovered: () => undefined, keep: async () => undefined },
    wakeUps: new WakeUps(),
    wakeMessage: 'wake',
    failures: { note: () => undefined, attempt: async (_: string, run: () => unknown) => run() },
  } as unknown as WriteBehindWorkerOptions<unknown>);
  worker.start();
  await worker.stop();
  expect([claims, written]).toEqual([2, ['kept']]);
});
