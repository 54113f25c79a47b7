import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type Listener = (this: Server, request: IncomingMessage, response: ServerResponse) => void;

/** Stands before the listeners of a server, and calls them for what it does not answer itself. */
export class ServerFront {
  readonly #behind: readonly Listener[];
  readonly #listener: Listener;
  #isOpen = true;

  /** @param answers true when it has answered the request */
  constructor(
    private readonly server: Server,
    answers: (request: IncomingMessage, response: ServerResponse) => boolean,
  ) {
    const behind = server.rawListeners('request') as Listener[];
    const isOpen = (): boolean => this.#isOpen;
    this.#behind = behind;
    this.#listener = function front(request, response) {
      if (isOpen() && answers(request, response)) return;
      for (const listener of behind) listener.call(this, request, response);
    };
    server.removeAllListeners('request');
    server.on('request', this.#listener);
  }

  /** Puts the listeners back. Where somebody has taken this one over meanwhile, it lets everything pass from now on. */
  remove(): void {
    this.#isOpen = false;
    const now = this.server.rawListeners('request') as Listener[];
    this.server.removeAllListeners('request');
    for (const listener of now.flatMap((one) => (one === this.#listener ? this.#behind : [one])))
      this.server.on('request', listener);
  }
}
