import type { Socket } from 'node:net';
import { ChaosDirection } from './chaos-direction.js';
import type { Faults } from './faults.js';

/** One client's connection and the one to the server that belongs to it. */
export class ChaosLine {
  /** Fulfilled when both sockets are closed. */
  readonly ended: Promise<void>;
  readonly #requests: ChaosDirection;
  readonly #replies: ChaosDirection;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    faults: Faults,
  ) {
    this.#requests = new ChaosDirection(client, server);
    this.#replies = new ChaosDirection(server, client);
    this.obey(faults);
    for (const socket of [client, server]) {
      socket.on('error', () => this.reset());
      socket.on('close', () => this.reset());
    }
    this.ended = Promise.all([client, server].map(closed)).then(() => undefined);
  }

  obey(faults: Faults): void {
    this.#requests.obey({ ...faults, isSwallowed: faults.swallow === 'requests' });
    this.#replies.obey({ ...faults, isSwallowed: faults.swallow === 'replies' });
  }

  reset(): void {
    this.#requests.stop();
    this.#replies.stop();
    for (const socket of [this.client, this.server]) {
      // What has no connection yet cannot be reset. Nor can what is being ended: Node then waits at the exit of the
      // process, for ever and at full speed, for the end that the reset took away.
      if (socket.connecting || socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
