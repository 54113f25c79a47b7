import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SessionUnavailableError } from '../session.errors.js';
import type { LoadedSession } from '../session-lookup.js';
import type { SessionRecord } from '../session.types.js';
import type { WsSocket } from './session-socket.js';
import { SocketRounds } from './socket-rounds.js';
import { SocketSeats } from './socket-seats.js';
import type { SocketSession } from './socket-session.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const CHECK_MS = 30 * SECOND;
const options = {
  sockets: { checkIntervalMs: CHECK_MS, touch: false },
  idleTimeoutMs: 30 * MINUTE,
  absoluteTimeoutMs: undefined,
  rememberForMs: 30 * MINUTE,
  renewBelow: 0.9,
  cookie: {},
};

class Socket extends EventEmitter implements WsSocket {
  readonly closes: string[] = [];

  close(code: number, reason: string): void {
    this.closes.push(`${code} ${reason}`);
    this.emit('close');
  }
}

/** Sessions in a Redis of plain memory, with a socket each. */
class Bench {
  readonly seats = new SocketSeats();
  readonly ends = new Map<string, number>();
  readonly failures: unknown[] = [];
  readonly sockets = new Map<string, Socket>();
  /** The ids that were asked for. */
  loads: string[] = [];
  fails: (id: string) => Error | undefined = () => undefined;
  readonly rounds = new SocketRounds({
    seats: this.seats,
    store: { renew: async () => true, sessions: { load: (id) => this.#load(id) } },
    options,
    failed: (error) => this.failures.push(error),
  });

  admit(id: string, leftMs: number, socket: WsSocket = this.#socketOf(id)): void {
    this.ends.set(id, Date.now() + leftMs);
    const seat = this.seats.take(socket);
    seat.bind(id);
    seat.session = { id, userId: RECORD['userId'] } as SocketSession;
    this.rounds.watch(seat, this.#found(leftMs));
  }

  closesOf(id: string): readonly string[] {
    return this.sockets.get(id)!.closes;
  }

  #socketOf(id: string): Socket {
    const socket = new Socket();
    this.sockets.set(id, socket);
    return socket;
  }

  async #load(id: string): Promise<LoadedSession | undefined> {
    this.loads.push(id);
    const error = this.fails(id);
    if (error) throw error;
    const leftMs = this.ends.get(id)! - Date.now();
    return leftMs > 0 ? this.#found(leftMs) : undefined;
  }

  #found(leftMs: number): LoadedSession {
    return { record: RECORD, leftMs, json: '', stored: '', isDue: false };
  }
}

const RECORD: SessionRecord = { cookie: {}, userId: 'alice' };
const ENDED = ['1008 session ended'];
const UNCONFIRMED = ['1011 sessions unavailable'];

let bench: Bench;

beforeEach(() => {
  jest.useFakeTimers();
  bench = new Bench();
});

afterEach(async () => {
  const stopped = bench.rounds.stop();
  await jest.advanceTimersByTimeAsync(0);
  await stopped;
  jest.useRealTimers();
});

describe('a round', () => {
  it('looks at all sessions once per check interval, and in between only at those that end', async () => {
    // One ends every 0.9 seconds, for half an hour.
    for (let index = 1; index <= 2000; index += 1) bench.admit(`s${index}`, index * 0.9 * SECOND);
    await jest.advanceTimersByTimeAsync(CHECK_MS - 1);
    const ended = Array.from({ length: 33 }, (_, index) => `s${index + 1}`);
    expect(bench.loads).toEqual(ended);
    expect(ended.map((id) => bench.closesOf(id))).toEqual(ended.map(() => ENDED));
    bench.loads = [];
    await jest.advanceTimersByTimeAsync(1);
    expect(bench.loads).toHaveLength(2000 - ended.length);
    bench.loads = [];
    await jest.advanceTimersByTimeAsync(CHECK_MS - 1);
    expect(bench.loads).toHaveLength(33);
  });

  it('finds between two checks a session that was renewed, and lets its socket be', async () => {
    bench.admit('renewed', 10 * SECOND);
    bench.ends.set('renewed', Date.now() + 20 * SECOND);
    await jest.advanceTimersByTimeAsync(15 * SECOND);
    expect([bench.loads, bench.closesOf('renewed')]).toEqual([['renewed'], []]);
    await jest.advanceTimersByTimeAsync(6 * SECOND);
    expect(bench.closesOf('renewed')).toEqual(ENDED);
  });

  it('finds what nobody told at the next check, also when another ended before it', async () => {
    bench.admit('deleted', 20 * MINUTE);
    bench.admit('other', 29 * SECOND);
    bench.ends.set('deleted', 0);
    await jest.advanceTimersByTimeAsync(CHECK_MS - 1);
    expect(bench.closesOf('deleted')).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(bench.closesOf('deleted')).toEqual(ENDED);
  });

  it('begins anew with the next socket after all have left', async () => {
    bench.admit('first', 5 * SECOND);
    await jest.advanceTimersByTimeAsync(10 * MINUTE);
    bench.admit('second', 20 * MINUTE);
    bench.loads = [];
    await jest.advanceTimersByTimeAsync(CHECK_MS - 1);
    expect(bench.loads).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(bench.loads).toEqual(['second']);
  });

  it('comes in time although the clock of the system was set back', async () => {
    bench.admit('one', 20 * MINUTE);
    jest.setSystemTime(Date.now() - 60 * MINUTE);
    bench.admit('two', 20 * MINUTE);
    await jest.advanceTimersByTimeAsync(2 * CHECK_MS);
    expect(bench.loads).toEqual(expect.arrayContaining(['one', 'two']));
  });

  it('goes on with more sockets than a call takes arguments', async () => {
    const socket: WsSocket = { close: () => undefined, once: () => undefined };
    for (let index = 0; index < 130_000; index += 1) bench.admit('one', 20 * MINUTE, { ...socket });
    await jest.advanceTimersByTimeAsync(2 * CHECK_MS);
    expect(bench.loads).toEqual(['one', 'one']);
    expect(bench.failures).toEqual([]);
  }, 20_000);

  it('tells of a session that cannot be read, and looks at the others', async () => {
    const broken = new TypeError('not foreseen');
    bench.fails = (id) => (id === 'broken' ? broken : undefined);
    bench.admit('broken', 70 * SECOND);
    bench.admit('deleted', 20 * MINUTE);
    bench.ends.set('deleted', 0);
    await jest.advanceTimersByTimeAsync(CHECK_MS);
    expect([bench.failures, bench.closesOf('deleted')]).toEqual([[broken], ENDED]);
    expect(bench.closesOf('broken')).toEqual([]);
    await jest.advanceTimersByTimeAsync(CHECK_MS + 10 * SECOND);
    expect(bench.closesOf('broken')).toEqual(UNCONFIRMED);
  });

  it('ends what is over while Redis gives no answer, and nothing else', async () => {
    bench.fails = () => new SessionUnavailableError('it is down');
    bench.admit('over', 10 * SECOND);
    bench.admit('alive', 20 * MINUTE);
    await jest.advanceTimersByTimeAsync(CHECK_MS);
    expect([bench.closesOf('over'), bench.closesOf('alive')]).toEqual([UNCONFIRMED, []]);
    expect(bench.failures).toEqual([]);
  });
});
