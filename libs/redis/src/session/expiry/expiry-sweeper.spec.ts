import { describe, expect, it } from '@jest/globals';
import { SessionEvents } from '../session-events.js';
import type { ExpirySchedule } from './expiry-schedule.js';
import { ExpirySweeper } from './expiry-sweeper.js';

/** What a sweeper reports of one due session that is not stored any more. */
async function reportedOf(isEnded: boolean): Promise<string[]> {
  const due = [{ handle: 'a', name: 'name', userId: 'ann' }];
  const schedule = {
    claim: async () => due.splice(0),
    settle: async () => ['a'],
  } as unknown as ExpirySchedule;
  const events = new SessionEvents();
  const reported: string[] = [];
  events.on('expired', ({ handle }) => reported.push(handle));
  const sessions = { timeToLive: async () => -2, isEnded: async () => isEnded };
  const options = { deadlineMs: 1000, idleTimeoutMs: 1000 };
  await new ExpirySweeper({ schedule, sessions, events, options, intervalMs: 1000 }).sweep();
  return reported;
}

describe('the expiry sweeper', () => {
  it('reports a session that is gone', async () => {
    expect(await reportedOf(false)).toEqual(['a']);
  });

  it('says nothing of one that somebody ended while it was due', async () => {
    expect(await reportedOf(true)).toEqual([]);
  });
});
