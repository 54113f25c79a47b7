import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import type { WireHead } from './wire-head.js';

/** A head that is ready to be sent: the list that `writeHead` takes, in which only two values change. */
export class LaneHead {
  readonly status: number;
  /** Characters that it holds, for the limit on memory. */
  readonly size: number;
  readonly #list: OutgoingHttpHeader[] = [];
  readonly #ageAt: number;
  readonly #cacheStatusAt: number;

  constructor({ status, fields }: WireHead) {
    this.status = status;
    for (const [name, value] of fields)
      for (const line of typeof value === 'string' ? [value] : value) this.#list.push(name, line);
    this.#ageAt = this.#indexOf('age');
    this.#cacheStatusAt = this.#indexOf('cache-status');
    this.size = this.#list.reduce<number>((sum, text) => sum + String(text).length, 0);
  }

  /** Node writes the list out at once, so the same one serves all answers. */
  write(response: ServerResponse, age: string, cacheStatus: string): void {
    this.#list[this.#ageAt] = age;
    this.#list[this.#cacheStatusAt] = cacheStatus;
    response.writeHead(this.status, this.#list);
  }

  #indexOf(name: string): number {
    return (
      this.#list.findIndex(
        (text, index) => index % 2 === 0 && String(text).toLowerCase() === name,
      ) + 1
    );
  }
}
