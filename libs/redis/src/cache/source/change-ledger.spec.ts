import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ChangeLedger, type RecordedChange } from './change-ledger.js';

function change(key: string, version: number): RecordedChange {
  return { key, kind: 'set', payload: Buffer.from(`${key}@${version}`), version };
}

function ledgerOf(...changes: RecordedChange[]): ChangeLedger {
  const ledger = new ChangeLedger();
  for (const one of changes) ledger.add('lease', one);
  return ledger;
}

describe('ChangeLedger', () => {
  it('makes one task of all changes of a key, with the newest value', () => {
    const [task, ...others] = ledgerOf(change('a', 1), change('a', 2), change('a', 3)).due(0);
    expect(others).toEqual([]);
    expect(task?.newest.version).toBe(3);
    expect([...(task?.versions ?? [])]).toEqual([1, 2, 3]);
  });

  it('keeps the newest and every version in whatever order and however often they come', () => {
    const changes = fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 })),
    );
    fc.assert(
      fc.property(changes, (all) => {
        const tasks = ledgerOf(...all.map(([key, version]) => change(key, version))).due(0);
        return tasks.every(({ newest, versions }) => {
          const own = all.filter(([key]) => key === newest.key).map(([, version]) => version);
          const isNewest = newest.version === Math.max(...own);
          return isNewest && versions.size === new Set(own).size;
        });
      }),
    );
  });

  it('lets a later change join the task that waits for a retry, and counts on', () => {
    const ledger = ledgerOf(change('a', 1));
    const [failed] = ledger.due(0);
    if (failed) ledger.postpone(failed, 100, 1);
    ledger.add('lease', change('a', 2));
    expect(ledger.due(99)).toEqual([]);
    const [task] = ledger.due(100);
    expect(task).toMatchObject({ attempts: 1, newest: { version: 2 } });
  });

  it('says when the next task is due', () => {
    const ledger = ledgerOf(change('a', 1), change('b', 2));
    const [a, b] = ledger.due(0);
    if (a) ledger.postpone(a, 300, 1);
    if (b) ledger.postpone(b, 200, 1);
    expect(ledger.nextDueAt).toBe(200);
    expect(new ChangeLedger().nextDueAt).toBe(Infinity);
  });

  it('takes nothing over from a lease that was lost', () => {
    const ledger = ledgerOf(change('a', 1), change('b', 2));
    ledger.add('next lease', change('a', 3));
    ledger.keepOnly(new Set(['next lease']));
    const [task, ...others] = ledger.due(0);
    expect(others).toEqual([]);
    expect([...(task?.versions ?? [])]).toEqual([3]);
  });

  it('forgets one lease and keeps the others', () => {
    const ledger = ledgerOf(change('a', 1));
    ledger.add('other', change('b', 2));
    ledger.forget('lease');
    expect(ledger.due(0).map(({ newest }) => newest.key)).toEqual(['b']);
  });
});
