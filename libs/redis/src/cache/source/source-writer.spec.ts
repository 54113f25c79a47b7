import { describe, expect, it } from '@jest/globals';
import type { CacheSource, Change } from './cache-source.js';
import { ChangeLedger, type Task } from './change-ledger.js';
import { SourceWriter, type Outcome } from './source-writer.js';

function tasksOf(keys: readonly string[], attempts = 0): Task[] {
  const ledger = new ChangeLedger();
  for (const [at, key] of keys.entries())
    ledger.add('lease', { key, kind: 'set', payload: Buffer.from(key), version: at + 1 });
  for (const task of ledger.due(0)) ledger.postpone(task, 0, attempts);
  return ledger.due(0);
}

function writerTo(source: CacheSource<string>, timeoutMs = 1000): SourceWriter<string> {
  const decode = ({ payload }: { readonly payload: Buffer }): string => payload.toString();
  return new SourceWriter({ source: () => source, decode, timeoutMs });
}

function summary(outcomes: readonly Outcome[]): Record<string, string> {
  return Object.fromEntries(outcomes.map(({ task, kind }) => [task.newest.key, kind]));
}

describe('SourceWriter', () => {
  it('writes new tasks in one batch and failed ones one by one', async () => {
    const batches: string[][] = [];
    const writer = writerTo({
      writeBatch: (changes: readonly Change<string>[]) =>
        void batches.push(changes.map(({ key }) => key)),
    });
    await writer.write([...tasksOf(['a', 'b', 'c']), ...tasksOf(['d', 'e'], 1)]);
    expect(batches).toEqual([['a', 'b', 'c'], ['d'], ['e']]);
  });

  it('finds the one that is wrong among those that failed together', async () => {
    const source: CacheSource<string> = {
      writeBatch: (changes) => {
        if (changes.some(({ key }) => key === 'b')) throw new Error('no b');
      },
    };
    const fresh = summary(await writerTo(source).write(tasksOf(['a', 'b', 'c'])));
    expect(fresh).toEqual({ a: 'failed', b: 'failed', c: 'failed' });
    const alone = summary(await writerTo(source).write(tasksOf(['a', 'b', 'c'], 1)));
    expect(alone).toEqual({ a: 'written', b: 'failed', c: 'written' });
  });

  it('uses write and remove where there is no writeBatch', async () => {
    const calls: string[] = [];
    const source: CacheSource<string> = {
      write: (key, value, { version }) => void calls.push(`${key}=${value}@${version}`),
    };
    await writerTo(source).write(tasksOf(['a', 'b']));
    expect(calls).toEqual(['a=a@1', 'b=b@2']);
  });

  it('does not try the rest once the source is down', async () => {
    let tries = 0;
    const source: CacheSource<string> = {
      write: () => {
        tries += 1;
        throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
      },
    };
    const keys = Array.from({ length: 30 }, (_, key) => String(key));
    const outcomes = await writerTo(source).write(tasksOf(keys));
    expect(tries).toBe(8);
    expect(outcomes.map(({ kind }) => kind)).toEqual(keys.map(() => 'outage'));
    expect(outcomes.map(({ task }) => task.newest.key)).toEqual(keys);
  });

  it('asks the source what is an outage', async () => {
    const source: CacheSource<string> = {
      write: () => Promise.reject(new Error('maintenance')),
      isOutage: (error) => (error as Error).message === 'maintenance',
    };
    expect(summary(await writerTo(source).write(tasksOf(['a'])))).toEqual({ a: 'outage' });
  });

  it('gives up a write that takes too long, and tells it so', async () => {
    let isAborted = false;
    const source: CacheSource<string> = {
      write: (_key, _value, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => (isAborted = true))),
    };
    const [outcome] = await writerTo(source, 20).write(tasksOf(['a']));
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'CACHE_SOURCE_TIMEOUT' } });
    expect(isAborted).toBe(true);
  });
});
