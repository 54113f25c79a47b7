import type { IncomingMessage } from 'node:http';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { RedisKitError, asError } from '../../common/errors.js';
import { FailureLog } from '../../common/failure-log.js';
import { SessionEvents } from '../session-events.js';
import { handleOf } from '../session-id.js';
import { SessionUnavailableError, sessionsNotConfigured } from '../session.errors.js';
import type { LoadedSession } from '../session-lookup.js';
import type { ResolvedSessionOptions } from '../session.options.js';
import { RedisSessionStore } from '../session.store.js';
import { SESSION_OPTIONS } from '../session.tokens.js';
import { HandshakeRefusedError, handshakeCredentials } from './handshake.js';
import type { SessionSocket, SocketEnd } from './session-socket.js';
import { SocketRounds } from './socket-rounds.js';
import { Seat, SocketSeats } from './socket-seats.js';
import { SocketSession } from './socket-session.js';

/** Options of `SessionSockets.admit`. */
export interface AdmitOptions {
  /** Default `'login'`: a session with a user. `'session'`: also a visitor's session. */
  readonly needs?: 'login' | 'session';
}

const NO_LOGIN: SocketEnd = { code: 1008, reason: 'log in first' };
const FOREIGN: SocketEnd = { code: 1008, reason: 'foreign origin' };
const UNAVAILABLE: SocketEnd = { code: 1011, reason: 'sessions unavailable' };
const LEAVING: SocketEnd = { code: 1001, reason: 'server shutdown' };

/**
 * Sockets that live as long as their sessions. A gateway asks for each connection:
 *
 * ```ts
 * async handleConnection(socket: WebSocket, request: IncomingMessage) {
 *   const session = await this.sockets.admit(socket, request);
 *   if (session) socket.send(`Hello ${session.userId}`);
 * }
 * ```
 *
 * A socket is closed with 1008 when its session ends: at once by what this node does, and with `session.shareEvents`
 * by what other nodes do; when its idle or absolute timeout passes; and at the latest after
 * `session.sockets.checkInterval`, where nobody told. A login or a rotation ends it too, since the id that admitted it
 * is void: the page connects again with its new cookie.
 */
@Injectable()
export class SessionSockets implements OnModuleInit, BeforeApplicationShutdown {
  readonly #logger = new Logger('SessionSockets');
  readonly #failures = new FailureLog((line) => this.#logger.error(line));
  readonly #seats = new SocketSeats();
  readonly #rounds: SocketRounds | undefined;
  #unsubscribe: readonly (() => void)[] = [];
  #isClosed = false;

  constructor(
    @Inject(SESSION_OPTIONS) private readonly configured: ResolvedSessionOptions | undefined,
    @Inject(RedisSessionStore) private readonly store: RedisSessionStore | undefined,
    @Inject(SessionEvents) private readonly events: SessionEvents,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost | undefined,
  ) {
    if (configured && store)
      this.#rounds = new SocketRounds({
        seats: this.#seats,
        store,
        options: configured,
        failed: (error) =>
          this.#failures.write(`A look at the sessions of sockets failed: ${asError(error).stack}`),
      });
  }

  onModuleInit(): void {
    const { events } = this;
    const end = (handle: string, how: string): void =>
      this.#seats.endSession(handle, { code: 1008, reason: `session ${how}` });
    this.#unsubscribe = [
      events.on('destroyed', ({ handle }) => end(handle, 'ended')),
      events.on('expired', ({ handle }) => end(handle, 'expired')),
      events.on('revoked', ({ handle }) => end(handle, 'revoked')),
      events.on('regenerated', ({ previousHandle }) => end(previousHandle, 'regenerated')),
    ];
  }

  /** Closes all sockets with 1001 and ends what is running. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#unsubscribe) end();
    await Promise.all([this.#seats.endAll(LEAVING), this.#rounds?.stop()]);
  }

  /**
   * Reads the session of a handshake and binds the socket to it. Call it first thing in `handleConnection`, before any
   * `await`: WsSessionGuard then holds messages back until the session is known.
   *
   * @param request the upgrade request; with Socket.IO `client.request`
   * @returns undefined when the socket was refused and closed: 1008 without a login or from a foreign page, 1011 when
   *   Redis gave no answer within `session.deadline`. It never rejects, since Nest awaits no `handleConnection`.
   */
  admit(
    socket: SessionSocket,
    request: IncomingMessage,
    { needs = 'login' }: AdmitOptions = {},
  ): Promise<SocketSession | undefined> {
    const known = this.#seats.of(socket);
    if (known) return known.admitted;
    const seat = this.#seats.take(socket);
    seat.admitted = this.#admit(seat, request, needs).catch((error: unknown) => {
      seat.end(this.#endFor(error));
      return undefined;
    });
    return seat.admitted;
  }

  /** The session of an admitted socket; undefined before it is known, and after it ended. */
  sessionOf(socket: object): SocketSession | undefined {
    return this.#seats.of(socket)?.session;
  }

  /**
   * As `sessionOf`, once it is known. Counts as activity with `session.sockets.touch`.
   *
   * @throws RedisKitError `SESSION_SOCKET_UNKNOWN` for a socket that nobody called `admit` for
   */
  async messageOf(socket: object): Promise<SocketSession | undefined> {
    const seat = this.#seats.of(socket);
    if (!seat) throw unknownSocket();
    await seat.admitted;
    if (seat.session) this.#rounds?.noteActivity(seat);
    return seat.session;
  }

  async #admit(
    seat: Seat,
    request: IncomingMessage,
    needs: 'login' | 'session',
  ): Promise<SocketSession | undefined> {
    const { configured: options, store } = this;
    if (!options || !store) throw sessionsNotConfigured();
    if (this.#isClosed) return seat.end(LEAVING);
    // It left before anybody asked for it.
    if (seat.isEnded) return undefined;
    // A cookie of another path or domain may come first, whose session has ended.
    for (const { id } of handshakeCredentials(request, { options, host: this.host })) {
      // From now on events find it: the session may end while it is read.
      seat.bind(handleOf(id));
      const found = await store.sessions.load(id);
      if (seat.isEnded) return undefined;
      if (!found) continue;
      if (found.id !== undefined) seat.bind(handleOf(found.id));
      return this.#seated(seat, new SocketSession(found.id ?? id, found.record), { found, needs });
    }
    return seat.end(NO_LOGIN);
  }

  #seated(
    seat: Seat,
    session: SocketSession,
    { found, needs }: { readonly found: LoadedSession; readonly needs: 'login' | 'session' },
  ): SocketSession | undefined {
    if (needs === 'login' && session.userId === undefined) return seat.end(NO_LOGIN);
    seat.session = session;
    this.#rounds?.watch(seat, found);
    return session;
  }

  #endFor(error: unknown): SocketEnd {
    if (error instanceof HandshakeRefusedError) return FOREIGN;
    if (!(error instanceof SessionUnavailableError))
      this.#logger.error('A socket could not be admitted.', asError(error).stack);
    return UNAVAILABLE;
  }
}

function unknownSocket(): RedisKitError {
  return new RedisKitError(
    'SESSION_SOCKET_UNKNOWN',
    'A message came from a socket without a session. Call `SessionSockets.admit(socket, request)` first thing in ' +
      '`handleConnection` of the gateway.',
  );
}
