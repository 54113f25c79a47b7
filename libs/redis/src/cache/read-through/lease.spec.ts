import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Entry } from '../entry.js';
import { FailureLog } from '../../common/failure-log.js';
import { FailurePolicy } from '../failure-policy.js';
import { WakeUps } from '../invalidation/wake-ups.js';
import type { LeaseOutcome, RedisStore } from '../stores/redis.store.js';
import { Leases, type Lease } from './lease.js';

const entry = { value: 1, generations: [] } as unknown as Entry<number>;
const held = (leftMs = 3000, found?: Entry<number>): LeaseOutcome<number> => ({
  kind: 'held',
  entry: found,
  leftMs,
});
const granted: LeaseOutcome<number> = { kind: 'granted', entry: undefined };

let wakeUps: WakeUps;
let unanswered: string[];
/** What Redis says to one question after the other; the last answer stays. */
let answers: (LeaseOutcome<number> | Error)[];
let asked: { token: string; isStale: boolean }[];
let calls: string[];
let isOurs: boolean;

beforeEach(() => {
  jest.useFakeTimers();
  wakeUps = new WakeUps();
  [unanswered, answers, asked, calls, isOurs] = [[], [], [], [], true];
});
afterEach(() => {
  jest.useRealTimers();
});

function leases(): Leases<number> {
  const store = {
    leaseKey: (key: string) => `lease:${key}`,
    loadOrLease: async (_: string, token: string, __: number, isStale: boolean) => {
      asked.push({ token, isStale });
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    commit: async () => {
      calls.push('commit');
      return isOurs;
    },
    extendLease: async () => {
      calls.push('extend');
      return isOurs;
    },
    releaseLease: async () => void calls.push('release'),
  };
  return new Leases({
    store: store as unknown as RedisStore<number>,
    wakeUps,
    failures: new FailurePolicy('shop', new FailureLog(() => undefined)),
    clock: { now: () => Date.now() },
    leaseMs: 3000,
    waitMs: 10_000,
    onUnanswered: (key) => unanswered.push(key),
  });
}

const good = async (): Promise<boolean> => true;
const bad = async (): Promise<boolean> => false;

describe('a claim', () => {
  it('takes a good entry', async () => {
    answers = [{ kind: 'found', entry }];
    expect(await leases().claim('key', good)).toEqual({ kind: 'entry', entry });
  });

  it('of a key whose entry is not good asks for the lease, with the same token', async () => {
    answers = [{ kind: 'found', entry }, granted];
    expect((await leases().claim('key', bad)).kind).toBe('lease');
    expect(asked.map(({ isStale }) => isStale)).toEqual([false, true]);
    expect(asked[0]!.token).toBe(asked[1]!.token);
  });

  it('looks again as soon as it is woken', async () => {
    answers = [held(), { kind: 'found', entry }];
    const claim = leases().claim('key', good);
    await jest.advanceTimersByTimeAsync(10);
    expect(asked).toHaveLength(1);
    wakeUps.ring('lease:key');
    expect((await claim).kind).toBe('entry');
  });

  it('looks again now and then, since a message may be lost', async () => {
    answers = [held(), { kind: 'found', entry }];
    const claim = leases().claim('key', good);
    await jest.advanceTimersByTimeAsync(250);
    expect((await claim).kind).toBe('entry');
  });

  it('looks again when the lease of the other ends', async () => {
    answers = [held(40), granted];
    const claim = leases().claim('key', good);
    await jest.advanceTimersByTimeAsync(40);
    expect((await claim).kind).toBe('lease');
  });

  it('gives up after the longest wait', async () => {
    answers = [held()];
    const claim = leases().claim('key', good);
    await jest.advanceTimersByTimeAsync(9999);
    await jest.advanceTimersByTimeAsync(300);
    expect(await claim).toEqual({ kind: 'none' });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('gives a lease back that came together with a good entry', async () => {
    answers = [{ kind: 'granted', entry }];
    expect((await leases().claim('key', good)).kind).toBe('entry');
    expect(calls).toEqual(['release']);
  });

  it('reports a lease that may have been granted without its hearing of it', async () => {
    answers = [new Error('Command timed out')];
    await expect(leases().claim('key', good)).rejects.toThrow('timed out');
    answers = [Object.assign(new Error('READONLY'), { name: 'ReplyError' })];
    await expect(leases().claim('key', good)).rejects.toThrow('READONLY');
    expect(unanswered).toEqual(['lease:key']);
  });
});

describe('a lease', () => {
  async function claimed(): Promise<Lease<number>> {
    answers = [granted];
    const claim = await leases().claim('key', good);
    if (claim.kind !== 'lease') throw new Error('no lease');
    return claim.lease;
  }

  it('is extended three times in its life, until the value is stored', async () => {
    const ours = await claimed();
    await jest.advanceTimersByTimeAsync(2500);
    expect(calls).toEqual(['extend', 'extend']);
    expect(await ours.commit(entry)).toBe('stored');
    await jest.advanceTimersByTimeAsync(5000);
    expect(calls).toEqual(['extend', 'extend', 'commit']);
  });

  it('that was lost is not extended any more, and its value is refused', async () => {
    const ours = await claimed();
    isOurs = false;
    await jest.advanceTimersByTimeAsync(5000);
    expect(calls).toEqual(['extend']);
    expect(await ours.commit(entry)).toBe('refused');
  });
});
