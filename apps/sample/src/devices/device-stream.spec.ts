import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { MessageEvent } from '@nestjs/common';
import { SessionUnavailableError } from 'nestjs-redis-kit';
import { Subscriber } from 'rxjs';
import { DeviceStream, type SessionNews } from './device-stream.js';
import type { Device } from './devices.service.js';

const device = (handle: string, isCurrent = false): Device => ({
  handle,
  name: `Device ${handle}`,
  ip: '',
  isHandheld: false,
  isCurrent,
  createdAt: '',
  lastSeenAt: '',
});
const revoked = (handle: string): SessionNews => ({
  name: 'revoked',
  event: { handle, userId: 'u1', isLocal: false, reason: 'handle' },
});
const begun = (handle: string, previousHandle: string): SessionNews => ({
  name: 'regenerated',
  event: { handle, previousHandle, userId: 'u1', isLocal: false },
});

/** A stream with what its page hears. */
class Fixture {
  readonly messages: MessageEvent[] = [];
  devices: Device[] = [device('own', true), device('other')];
  error: unknown;
  isAlive: () => Promise<boolean> = () => Promise.resolve(true);
  /** Resolve it to let the list be read. */
  readonly list = deferred();
  readonly page = new Subscriber<MessageEvent>({
    next: (message) => this.messages.push(message),
    error: (error: unknown) => (this.error = error),
    complete: () => undefined,
  });
  readonly stream = new DeviceStream({
    page: this.page,
    list: async () => {
      await this.list.promise;
      return this.devices;
    },
    isAlive: () => this.isAlive(),
  });

  async start(): Promise<this> {
    this.list.resolve();
    await this.stream.start();
    return this;
  }

  get news(): unknown[] {
    return this.messages.filter(({ type }) => type !== 'alive').map(({ data }) => data);
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('the stream of a page', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('says that it is alive, every 20 seconds', async () => {
    const { messages } = await new Fixture().start();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(messages).toEqual(
      Array.from({ length: 4 }, () => ({ type: 'alive', data: { everyMs: 20_000 } })),
    );
  });

  it('does not miss the end of its session while the list is read', async () => {
    const fixture = new Fixture();
    const started = fixture.stream.start();
    fixture.stream.hear(revoked('own'));
    fixture.list.resolve();
    await started;
    expect(fixture.news).toEqual([expect.objectContaining({ reason: 'elsewhere' })]);
    expect(fixture.page.closed).toBe(true);
  });

  it('ends at once when its session is not in the list any more', async () => {
    const fixture = new Fixture();
    fixture.devices = [device('other')];
    await fixture.start();
    expect(fixture.messages).toEqual([]);
    expect(fixture.page.closed).toBe(true);
  });

  it('finds out within one pause that its session ended, also when the event was lost', async () => {
    const fixture = await new Fixture().start();
    fixture.isAlive = () => Promise.resolve(false);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(fixture.page.closed).toBe(true);
    expect(fixture.error).toBeUndefined();
  });

  it('goes on while Redis is down, and asks it once at a time', async () => {
    const fixture = await new Fixture().start();
    const isAlive = jest.fn(() => Promise.reject<boolean>(new SessionUnavailableError('down')));
    fixture.isAlive = isAlive;
    await jest.advanceTimersByTimeAsync(40_000);
    expect(isAlive).toHaveBeenCalledTimes(2);
    const frozen = jest.fn(() => new Promise<boolean>(() => undefined));
    fixture.isAlive = frozen;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(frozen).toHaveBeenCalledTimes(1);
    expect(fixture.page.closed).toBe(false);
  });

  it('ends after ten minutes, and runs nothing then', async () => {
    const fixture = await new Fixture().start();
    await jest.advanceTimersByTimeAsync(599_000);
    expect(fixture.page.closed).toBe(false);
    await jest.advanceTimersByTimeAsync(1000);
    expect(fixture.page.closed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('runs nothing when the page left while the list was read', async () => {
    const fixture = new Fixture();
    const started = fixture.stream.start();
    fixture.page.unsubscribe();
    fixture.list.resolve();
    await started;
    expect(jest.getTimerCount()).toBe(0);
  });

  it('calls a device by its name after it has gone', async () => {
    const fixture = await new Fixture().start();
    fixture.stream.hear(revoked('other'));
    fixture.stream.hear(revoked('stranger'));
    expect(fixture.news).toEqual([
      { handle: 'other', change: 'out', text: 'Device other was logged out.' },
      { handle: 'stranger', change: 'out', text: 'A device was logged out.' },
    ]);
  });

  it('says nothing of a device that only has a new id, and knows its name then', async () => {
    const fixture = await new Fixture().start();
    fixture.stream.hear(begun('rotated', 'other'));
    fixture.stream.hear(revoked('rotated'));
    expect(fixture.news).toEqual([
      { handle: 'rotated', change: 'out', text: 'Device other was logged out.' },
    ]);
  });

  it('ends without a word when its own session has a new id', async () => {
    const fixture = await new Fixture().start();
    fixture.stream.hear(begun('new', 'own'));
    expect([fixture.news, fixture.page.closed]).toEqual([[], true]);
  });
});
