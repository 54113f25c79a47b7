import { beforeEach, describe, expect, it } from '@jest/globals';
import { isRevoked, parseEpoch, type Epoch } from './epoch.js';
import { UserEpochs } from './user-epochs.js';

describe('isRevoked', () => {
  it.each([
    ['nobody revoked anything', null, 0, false],
    ['the session began before', '7', 6, true],
    ['the session began after', '7', 7, false],
    ['another program began it', '7', undefined, false],
    ['another session stays', `7 ${'0'.repeat(32)}`, 6, true],
    // The first 128 bits of the SHA-256 of `name`.
    ['it is the one that stays', '7 82a3537ff0dbce7eec35d69edc3a189e', 6, false],
  ])('judges when %s', (_, stored, began, isRefused) => {
    expect(isRevoked(parseEpoch(stored), began, 'name')).toBe(isRefused);
  });
});

describe('UserEpochs', () => {
  let now: number;
  let asked: string[];
  let stored: Epoch;
  let epochs: UserEpochs;

  beforeEach(() => {
    [now, asked, stored] = [5000, [], parseEpoch('3')];
    const epoch = async (userId: string): Promise<Epoch> => {
      asked.push(userId);
      return stored;
    };
    epochs = new UserEpochs({ epoch }, () => now);
  });

  it('asks beforehand only for a session whose user it has seen', async () => {
    expect(epochs.ahead('session')).toBeUndefined();
    expect(epochs.of('session', 'alice')).toBeUndefined();
    expect(await epochs.ask('alice')).toEqual(stored);
    now += 1000;
    await epochs.ahead('session');
    expect(asked).toEqual(['alice', 'alice']);
  });

  it('trusts an answer for a second', async () => {
    await epochs.ask('alice');
    epochs.of('session', 'alice');
    now += 999;
    expect(epochs.ahead('session')).toBeUndefined();
    expect(epochs.of('other', 'alice')).toEqual(stored);
    now += 1;
    expect(epochs.of('other', 'alice')).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it('keeps the higher epoch when answers arrive in another order', () => {
    epochs.learn('alice', parseEpoch('9'), now);
    expect(epochs.learn('alice', parseEpoch('3'), now)).toEqual(parseEpoch('9'));
    expect(epochs.of('session', 'alice')).toEqual(parseEpoch('9'));
  });

  it('forgets whose session it was when the session ends', async () => {
    epochs.of('session', 'alice');
    await epochs.ask('alice');
    now += 1000;
    epochs.forget('session');
    expect(epochs.ahead('session')).toBeUndefined();
  });
});
