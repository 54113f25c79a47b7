import { describe, expect, it } from '@jest/globals';
import { Deadline } from './deadline.js';
import type { EndCondition, EndReply, SessionCommands, WriteReply } from './session-commands.js';
import type { SessionFormat } from './session-format.js';
import { moveSession } from './session-move.js';
import type { SessionRecord } from './session.types.js';

const cookie = { originalMaxAge: null } as unknown as SessionRecord['cookie'];
const jsonOf = (count: number): string => JSON.stringify({ cookie, count });

/** A session that somebody changes so often, each time just before it is to end. */
class BusySession implements Pick<SessionCommands, 'write' | 'end'> {
  changes = 0;
  moved = '';

  constructor(private readonly most: number) {}

  async write(_: string, __: unknown, bytes: string): Promise<WriteReply> {
    this.moved = bytes;
    return { kind: 'saved' };
  }

  markFor(): { text: string } {
    return { text: 'mark' };
  }

  async end(_: string, { expected }: EndCondition = {}): Promise<EndReply> {
    if (this.changes < this.most) this.changes += 1;
    const stored = Buffer.from(jsonOf(this.changes));
    const isSeen = expected === undefined || stored.equals(Buffer.from(expected as Buffer));
    return { kind: isSeen ? 'ended' : 'conflict', stored };
  }
}

describe('moveSession', () => {
  it('takes the last change along, also of a session that hardly stands still', async () => {
    const session = new BusySession(20);
    const format = {
      nameOf: (id: string) => id,
      encode: (_: string, json: string) => json,
      decode: (_: string, stored: Buffer) => ({
        kind: 'session',
        record: JSON.parse(stored.toString()) as SessionRecord,
      }),
    };
    const moved = await moveSession(
      {
        from: 'old',
        to: 'new',
        lastSeen: jsonOf(0),
        build: (theirs) => theirs ?? { cookie, count: 0 },
        needsOld: true,
        ttlMs: () => 1000,
      },
      {
        commands: session as unknown as SessionCommands,
        format: format as unknown as SessionFormat,
        deadline: new Deadline('move', 10_000),
        afterwards: () => ({ late: () => undefined, lost: () => undefined }),
        endSuccessor: async () => undefined,
      },
    );
    expect([moved.json, session.moved]).toEqual([jsonOf(20), jsonOf(20)]);
  });
});
