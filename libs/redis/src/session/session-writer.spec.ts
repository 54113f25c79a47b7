import { describe, expect, it } from '@jest/globals';
import { Deadline } from './deadline.js';
import type { SessionCommands, StoredBytes, WriteReply } from './session-commands.js';
import { SessionUnavailableError } from './session.errors.js';
import { SessionWriter } from './session-writer.js';

/** A stored session in memory, which others may change between two tries. */
class FakeCommands implements Pick<SessionCommands, 'write'> {
  stored: string | undefined;
  writes = 0;

  constructor(
    stored?: string,
    private readonly beforeWrite: (self: FakeCommands) => void = () => undefined,
  ) {
    this.stored = stored;
  }

  async write(
    _: string,
    expected: StoredBytes | undefined,
    bytes: StoredBytes,
  ): Promise<WriteReply> {
    this.writes++;
    this.beforeWrite(this);
    if (expected !== undefined && this.stored === undefined) return { kind: 'gone' };
    if (expected?.toString() !== this.stored) {
      return { kind: 'conflict', stored: Buffer.from(this.stored ?? '') };
    }
    this.stored = bytes.toString();
    return { kind: 'saved' };
  }
}

const writerOn = (commands: FakeCommands): SessionWriter =>
  new SessionWriter(commands as unknown as SessionCommands);
const append = (text: string) => (stored?: StoredBytes) => ({
  bytes: (stored?.toString() ?? '') + text,
  ttlMs: 1000,
});
const deadline = (): Deadline => new Deadline('save', 5000);

describe('SessionWriter', () => {
  it('applies the change to what others stored meanwhile', async () => {
    const commands = new FakeCommands('theirs+');
    const result = await writerOn(commands).write('id', 'old', append('mine'), deadline());
    expect(result).toEqual({ kind: 'saved', bytes: 'theirs+mine' });
    expect(commands.writes).toBe(2);
  });

  it('never writes a session that is gone', async () => {
    const commands = new FakeCommands(undefined);
    const result = await writerOn(commands).write('id', 'old', append('mine'), deadline());
    expect([result, commands.stored]).toEqual([{ kind: 'gone' }, undefined]);
  });

  it('needs one write each when writes of one process queue', async () => {
    const commands = new FakeCommands('.');
    const writer = writerOn(commands);
    const texts = ['a', 'b', 'c', 'd'];
    await Promise.all(texts.map((text) => writer.write('id', '.', append(text), deadline())));
    expect([commands.stored, commands.writes]).toEqual(['.abcd', 4]);
  });

  it('gives up with an error when others are always faster', async () => {
    const restless = new FakeCommands('', (self) => (self.stored += '!'));
    const write = writerOn(restless).write('id', '', append('mine'), deadline());
    await expect(write).rejects.toThrow(SessionUnavailableError);
    expect(restless.writes).toBe(32);
  });

  it('stops trying when its time is over', async () => {
    const commands = new FakeCommands('');
    const write = writerOn(commands).write('id', '', append('mine'), new Deadline('save', 0));
    await expect(write).rejects.toMatchObject({ code: 'SESSION_STORE_UNAVAILABLE' });
    expect(commands.writes).toBe(0);
  });
});
