import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.js';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

interface Message {
  readonly event: string;
  readonly data: unknown;
}

/** A client of a gateway: a browser's page, or a program. */
export class LiveSocket {
  readonly messages: Message[] = [];
  /** Resolves when the server has closed the socket. */
  readonly closed: Promise<Closed>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (bytes: Buffer) => {
      this.messages.push(JSON.parse(bytes.toString()) as Message);
    });
    socket.on('error', () => undefined); // A refused handshake is part of the tests.
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Connects; resolves when the upgrade is done, which says nothing of the session. */
  static async open(
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<LiveSocket> {
    const live = new LiveSocket(new WebSocket(url.replace('http', 'ws'), { headers }));
    await once(live.socket, 'open');
    return live;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** The data of the first message of the event, once it is there. */
  async heard(event: string): Promise<unknown> {
    return eventually(() => {
      const found = this.messages.find((one) => one.event === event);
      if (!found) throw new Error(`No message ${event} yet.`);
      return found.data;
    });
  }

  send(event: string, data: unknown = null): void {
    this.socket.send(JSON.stringify({ event, data }));
  }
}
