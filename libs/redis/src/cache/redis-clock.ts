import { machineClock, turnedBy, type Clock } from '../common/clock.js';
import type { Gate } from './gate.js';

/** A difference this small is the round trip, not the clock. */
const TOLERANCE_MS = 50;

/**
 * The time as Redis has it. Entries carry times that other nodes judge, and nobody promises that
 * their clocks agree; a node that is late would keep an entry in memory past its life in Redis.
 */
export class RedisClock implements Clock {
  #offsetMs = 0;

  constructor(private readonly local: Clock = machineClock) {}

  now(): number {
    return this.local.now() + this.#offsetMs + turnedBy();
  }

  /** Asks Redis for the time. @throws what Redis answered, or that it did not */
  async adjust(gate: Gate): Promise<void> {
    const askedAt = this.local.now();
    const [seconds, micros] = await gate.run((client) => client.time(), 'TIME');
    const answeredAt = this.local.now();
    const offsetMs = Number(seconds) * 1000 + Number(micros) / 1000 - (askedAt + answeredAt) / 2;
    const doubtMs = Math.max(TOLERANCE_MS, answeredAt - askedAt);
    if (Math.abs(offsetMs - this.#offsetMs) > doubtMs) this.#offsetMs = Math.round(offsetMs);
  }
}
