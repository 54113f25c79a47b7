/** A socket of `ws`, as `@nestjs/platform-ws` hands it to gateways. Known by shape: the package needs neither. */
export interface WsSocket {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState?: number;
  close(code?: number, reason?: string): void;
  once(event: 'close', listener: () => void): unknown;
  terminate?(): void;
}

/** A socket of Socket.IO, which has no close codes: the client sees `io server disconnect`. */
export interface IoSocket {
  readonly connected?: boolean;
  disconnect(close?: boolean): unknown;
  once(event: 'disconnect', listener: () => void): unknown;
}

/** A socket that a session can admit: of `ws` or of socket.io. */
export type SessionSocket = WsSocket | IoSocket;

/** Why a socket is closed, as its close frame says it (RFC 6455, section 7.4.1). */
export interface SocketEnd {
  /** 1001: this node goes away. 1008: the session does not allow it. 1011: nobody can tell. */
  readonly code: 1001 | 1008 | 1011;
  readonly reason: string;
}

export function closeSocket(socket: SessionSocket, { code, reason }: SocketEnd): void {
  if (isIo(socket)) socket.disconnect(true);
  else socket.close(code, reason);
}

/** Ends a socket whose client does not answer a close frame. */
export function cutSocket(socket: SessionSocket): void {
  if (!isIo(socket)) socket.terminate?.();
}

/** As `ws` counts. */
const CLOSED = 3;

/** Calls the listener once the socket is closed, by whomever; at once where it is closed already. */
export function onceClosed(socket: SessionSocket, listener: () => void): void {
  if (isClosed(socket)) listener();
  else if (isIo(socket)) socket.once('disconnect', listener);
  else socket.once('close', listener);
}

function isClosed(socket: SessionSocket): boolean {
  return isIo(socket) ? socket.connected === false : socket.readyState === CLOSED;
}

function isIo(socket: SessionSocket): socket is IoSocket {
  return 'disconnect' in socket && typeof socket.disconnect === 'function';
}
