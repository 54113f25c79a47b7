import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SessionUnavailableError } from './session.errors.js';
import {
  sessionConflict,
  sessionCorrupt,
  sessionLarge,
  sessionLife,
  sessionLimit,
  sessionRefused,
  sessionTooLarge,
  sessionUnavailable,
} from './session.events.js';
import { logSessions } from './session-log.js';

const handle = 'a-handle';
const userId = 'a-user';

describe('the log of sessions', () => {
  const lines: string[] = [];
  let end: () => void;

  beforeEach(() => {
    lines.length = 0;
    end = logSessions((line) => lines.push(line));
  });
  afterEach(() => end());

  const error = (cause?: Error): SessionUnavailableError =>
    new SessionUnavailableError(`session ${handle} was changed.`, { cause });

  it.each<[string, () => void, RegExp]>([
    [
      'a failed sweep',
      () =>
        sessionUnavailable.publish(() => ({ operation: 'sweep', error: error(new Error('OOM')) })),
      /Could not sweep a session: OOM/,
    ],
    [
      'a save that others were always faster than',
      () => sessionUnavailable.publish(() => ({ operation: 'save', error: error() })),
      /others changed it at each try/,
    ],
    [
      'corrupt data',
      () => sessionCorrupt.publish(() => ({ handle, reason: 'not JSON' })),
      /not JSON/,
    ],
    [
      'a session that is too large',
      () => sessionTooLarge.publish(() => ({ handle, bytes: 9, maxBytes: 8 })),
      /9 bytes was not saved/,
    ],
    [
      'a session that grows too large',
      () => sessionLarge.publish(() => ({ handle, bytes: 7, maxBytes: 8 })),
      /draws near/,
    ],
    ['a dropped save', () => sessionRefused.publish(() => ({ handle })), /was dropped/],
    ['a refused login', () => sessionLimit.publish(() => ({ userId, max: 3 })), /has 3 sessions/],
  ])('has one line for %s, without names, and counts those that follow', (_, publish, line) => {
    publish();
    publish();
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(lines.join()).not.toMatch(/a-handle|a-user/);
  });

  it('does not let one kind hide another', () => {
    sessionRefused.publish(() => ({ handle }));
    sessionCorrupt.publish(() => ({ handle, reason: 'not JSON' }));
    expect(lines).toHaveLength(2);
  });

  it('says nothing of the ordinary life of sessions, and nothing after its end', () => {
    for (const name of ['created', 'destroyed', 'expired'] as const)
      sessionLife[name].publish(() => ({ handle, userId, isLocal: true }));
    sessionConflict.publish(() => ({ handle, tries: 1 }));
    end();
    sessionRefused.publish(() => ({ handle }));
    expect(lines).toEqual([]);
  });
});
