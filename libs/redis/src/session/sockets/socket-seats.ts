import {
  closeSocket,
  cutSocket,
  onceClosed,
  type SessionSocket,
  type SocketEnd,
} from './session-socket.js';
import type { SocketSession } from './socket-session.js';

/** Clients get so long to answer a close frame when the application ends. */
const CLOSE_LIMIT_MS = 1000;

/** One socket and the session that it hangs on. */
export class Seat {
  handle: string | undefined;
  /** Known once Redis has told, until the session ends. */
  session: SocketSession | undefined;
  admitted: Promise<SocketSession | undefined> = Promise.resolve(undefined);
  /** When the session ends unless something renews it, in milliseconds since the Unix epoch. */
  endsAt = Infinity;
  /** From when on a message renews the session. */
  renewAt = 0;
  isEnded = false;

  constructor(
    readonly socket: SessionSocket,
    private readonly seats: Pick<SocketSeats, 'enter' | 'leave'>,
  ) {}

  /** From now on the socket ends with the session of this handle, and with no other. */
  bind(handle: string): void {
    if (this.isEnded) return;
    this.seats.leave(this);
    this.handle = handle;
    this.seats.enter(this);
  }

  /** Closes the socket. The session is gone for its messages from now on, however long the client takes to close. */
  end(why?: SocketEnd): undefined {
    if (this.isEnded) return;
    this.isEnded = true;
    this.session = undefined;
    this.seats.leave(this);
    if (why) closeSocket(this.socket, why);
  }
}

/** The sockets of this node, by session. */
export class SocketSeats {
  readonly #bySocket = new WeakMap<object, Seat>();
  readonly #byHandle = new Map<string, Set<Seat>>();
  readonly #open = new Set<SessionSocket>();
  #allClosed: (() => void) | undefined;

  take(socket: SessionSocket): Seat {
    const seat = new Seat(socket, this);
    this.#bySocket.set(socket, seat);
    this.#open.add(socket);
    onceClosed(socket, () => {
      this.#open.delete(socket);
      seat.end();
      if (this.#open.size === 0) this.#allClosed?.();
    });
    return seat;
  }

  of(socket: object): Seat | undefined {
    return this.#bySocket.get(socket);
  }

  enter(seat: Seat): void {
    const handle = seat.handle!;
    const seats = this.#byHandle.get(handle) ?? new Set();
    this.#byHandle.set(handle, seats.add(seat));
  }

  leave(seat: Seat): void {
    if (seat.handle === undefined) return;
    const seats = this.#byHandle.get(seat.handle);
    seats?.delete(seat);
    if (seats?.size === 0) this.#byHandle.delete(seat.handle);
  }

  endSession(handle: string, why: SocketEnd): void {
    for (const seat of this.#byHandle.get(handle) ?? []) seat.end(why);
  }

  /** Seats whose session is known. */
  *known(): Generator<Seat> {
    for (const seats of this.#byHandle.values())
      for (const seat of seats) if (seat.session) yield seat;
  }

  /** The same by session: of sessions that end by a time, in milliseconds since the Unix epoch; default all. */
  sessions(endingBy = Infinity): Seat[][] {
    const found: Seat[][] = [];
    for (const all of this.#byHandle.values()) {
      if (hasEnd(all, endingBy)) found.push([...all].filter(({ session }) => session));
    }
    return found;
  }

  /** Closes every socket, and cuts those that do not close in time. */
  async endAll(why: SocketEnd): Promise<void> {
    for (const socket of this.#open) this.#bySocket.get(socket)?.end(why);
    if (this.#open.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#allClosed = resolve;
      timer = setTimeout(resolve, CLOSE_LIMIT_MS);
    }).finally(() => clearTimeout(timer));
    this.#open.forEach(cutSocket);
  }
}

function hasEnd(seats: Iterable<Seat>, by: number): boolean {
  for (const { session, endsAt } of seats) if (session && endsAt <= by) return true;
  return false;
}
