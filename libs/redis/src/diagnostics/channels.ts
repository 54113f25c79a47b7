import { channel, type Channel } from 'node:diagnostics_channel';

/**
 * Typed face of a `diagnostics_channel`. Publishing costs one property read while nobody listens:
 * the event is built only for a listener.
 */
export class EventChannel<Event extends object> {
  readonly #channel: Channel;

  /** @param name full name, such as `nestjs-redis-kit:cache:hit` */
  constructor(readonly name: string) {
    this.#channel = channel(name);
  }

  get hasSubscribers(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(build: () => Event): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(build());
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (event: Event) => void): () => void {
    const receive = (message: unknown): void => listener(message as Event);
    this.#channel.subscribe(receive);
    return () => this.#channel.unsubscribe(receive);
  }
}
