import { expect, it } from '@jest/globals';
import { WakeUps } from '../invalidation/wake-ups.js';
import { ChangeLedger, type RecordedChange, type Task } from './change-ledger.js';
import { WriteBehindWorker, type WriteBehindWorkerOptions } from './write-behind-worker.js';

type Parts = Record<'leases' | 'queue', object>;

const PATIENT = {
  isShort: false,
  start: () => undefined,
  stop: () => undefined,
  balance: async () => undefined,
  giveBack: async () => undefined,
};

/** One that is told to stop at once. @returns the keys that it wrote */
async function drainedBy({ leases, queue }: Parts, drainMs = 5000): Promise<string[]> {
  const written: string[] = [];
  const worker = new WriteBehindWorker({
    cache: 'items',
    limits: { drainMs, delayMs: 60_000, batchSize: 10, leaseMs: 60_000 },
    leases: Object.defineProperties({ ...PATIENT }, Object.getOwnPropertyDescriptors(leases)),
    queue: { take: async () => [], settle: async () => true, ...queue },
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
  return written;
}

function left(...keys: string[]): RecordedChange[] {
  return keys.map((key, at) => ({ key, kind: 'set', payload: Buffer.alloc(0), version: at + 1 }));
}

const leaseOf = (token: string): object => ({ token, mustClaim: true });

it('drains a shard that Redis did not tell of the first time', async () => {
  const changes = left('kept');
  let claims = 0;
  const claim = async (): Promise<RecordedChange[]> => {
    claims += 1;
    if (claims === 1) throw new Error('Redis does not answer');
    return changes.splice(0);
  };
  const leases = { held: [leaseOf('token')] };
  expect(await drainedBy({ leases, queue: { claim } })).toEqual(['kept']);
  expect(claims).toBe(2);
});

it('drains shards whose leases were lost, once Redis lets it have them again', async () => {
  const changes = left('one', 'two');
  let asked = 0;
  const leases = {
    held: [] as object[],
    get isShort() {
      return this.held.length === 0;
    },
    async balance() {
      asked += 1;
      // The first time Redis still knows the lease that was lost here.
      if (asked > 2) this.held = [leaseOf('new')];
    },
  };
  // Nothing was handed out before, so only the second question brings them.
  const queue = { claim: async () => [], take: async () => changes.splice(0) };
  expect(await drainedBy({ leases, queue })).toEqual(['one', 'two']);
});

it('leaves shards to the other processes that are there to write', async () => {
  let asked = 0;
  const leases = { held: [], isShort: false, balance: async () => void (asked += 1) };
  const startedAt = performance.now();
  await drainedBy({ leases, queue: {} }, 60_000);
  expect(asked).toBeLessThanOrEqual(1);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});
